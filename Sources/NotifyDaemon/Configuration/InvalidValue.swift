/// Why a configured text is not a value of its key's type; the detail never repeats a secret.
struct InvalidValue: Error, Equatable {
    /// What is wrong in particular, e.g. `its port is not a number from 1 to 65535`; nil: the expectation says it all.
    var detail: String?

    init(_ detail: String? = nil) {
        self.detail = detail
    }
}

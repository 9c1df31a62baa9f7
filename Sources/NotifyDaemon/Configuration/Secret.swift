/// A value that must not be seen: it prints as `***` wherever it is described, dumped or interpolated.
struct Secret<Value: Sendable & Equatable>: Sendable, Equatable {
    /// The value itself, for the one place that hands it to a server or a cipher.
    let revealed: Value

    init(_ value: Value) {
        revealed = value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "***" }
    var debugDescription: String { "***" }
    /// Without it `dump` and test failures would walk into the stored property.
    var customMirror: Mirror { Mirror(self, children: []) }
}

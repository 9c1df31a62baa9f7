/// Reads one variable after the other by OpenTelemetry's rules, and notes what it cannot use.
///
/// An empty variable counts as unset; a bad number is warned about and ignored; a boolean is true only as `true`, in any
/// case (OpenTelemetry specification, "Environment variables").
struct TelemetryEnvironment {
    private let variables: [String: String]
    private let credential: (String) -> String?
    private(set) var warnings: [TelemetryWarning] = []

    /// Beyond it a number is a slip of the hand: 2^31 ms are 24 days.
    private static let maximumNumber = 1 << 31

    init(_ variables: [String: String], credential: @escaping (String) -> String?) {
        self.variables = variables
        self.credential = credential
    }

    mutating func warn(_ variable: String, _ reason: String) {
        warnings.append(TelemetryWarning(variable: variable, reason: reason))
    }

    func string(_ name: String) -> String? {
        let value = variables[name].map(Self.trimmed) ?? ""
        return value.isEmpty ? nil : value
    }

    /// The variable, else the credential file of its name in lower case.
    func secret(_ name: String) -> String? {
        if let value = string(name) { return value }
        let value = credential(name.lowercased()).map(Self.trimmed) ?? ""
        return value.isEmpty ? nil : value
    }

    /// The first that is set, with its name for warnings: the specific variable before the general one.
    func first(_ names: [String], secret isSecret: Bool = false) -> (name: String, value: String)? {
        for name in names {
            if let value = isSecret ? secret(name) : string(name) { return (name, value) }
        }
        return nil
    }

    mutating func boolean(_ name: String) -> Bool {
        guard let value = string(name)?.lowercased() else { return false }
        if value != "true", value != "false" { warn(name, "is neither true nor false, taken as false") }
        return value == "true"
    }

    /// The first of them that is a number: one that is ignored leaves the word to the next.
    ///
    /// - Parameter minimum: smaller values are warned about and ignored, like those that are no number.
    mutating func integer(_ names: [String], minimum: Int) -> Int? {
        for name in names {
            guard let value = string(name) else { continue }
            if let number = Int(value), (minimum...Self.maximumNumber).contains(number) { return number }
            let shown = TextEscaping.escaped(value.prefix(utf8Bytes: 40))
            warn(name, "\"\(shown)\" is no whole number from \(minimum) to \(Self.maximumNumber), ignored")
        }
        return nil
    }

    mutating func milliseconds(_ names: [String], minimum: Int) -> Duration? {
        integer(names, minimum: minimum).map { .milliseconds($0) }
    }

    private static func trimmed(_ text: String) -> String {
        let end = text.lastIndex { !$0.isWhitespace }
        guard let start = text.firstIndex(where: { !$0.isWhitespace }), let end else { return "" }
        return String(text[start...end])
    }
}

import DomainEvents

/// One mailbox as the configuration writes it: `orders@example.com` or `Name <orders@example.com>`.
public struct Mailbox: Sendable, Equatable {
    /// Without quotes; nil where there is none. No control characters.
    public let displayName: String?
    public let address: String

    /// One line a person can act on; it quotes nothing.
    public struct Invalid: Error, Sendable, Equatable, CustomStringConvertible {
        public struct Code: RawRepresentable, Sendable, Hashable {
            public let rawValue: String
            public init(rawValue: String) { self.rawValue = rawValue }
            public static let address = Code(rawValue: "address")
            public static let displayName = Code(rawValue: "displayName")
        }

        public let code: Code
        public let description: String
    }

    public init(parsing text: String) throws(Invalid) {
        let text = text.trimmed
        guard let open = text.lastIndex(of: "<") else {
            displayName = nil
            address = try Self.checkedAddress(text)
            return
        }
        guard text.last == ">" else {
            throw Invalid(code: .address, description: "expected one address, or Name <address>")
        }
        let inner = text[text.index(after: open)...].dropLast()
        address = try Self.checkedAddress(String(inner).trimmed)
        let name = Self.unquoted(String(text[..<open]).trimmed)
        guard !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw Invalid(code: .displayName, description: "the name before the address holds a control character")
        }
        guard name.utf8.count <= 256 else {
            throw Invalid(code: .displayName, description: "the name before the address has over 256 bytes")
        }
        displayName = name.isEmpty ? nil : name
    }

    /// What stands after the at-sign.
    public var domain: String {
        address.lastIndex(of: "@").map { String(address[address.index(after: $0)...]) } ?? address
    }

    var isASCII: Bool { address.utf8.allSatisfy { $0 < 0x80 } }

    private static func checkedAddress(_ text: String) throws(Invalid) -> String {
        if let problem = EmailAddress.problem(with: text) { throw Invalid(code: .address, description: problem) }
        return text
    }

    private static func unquoted(_ name: String) -> String {
        guard name.count >= 2, name.first == "\"", name.last == "\"" else { return name }
        var result = ""
        var isEscaped = false
        for character in name.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}

extension String {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmed: String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        let start = drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(start[...last])
    }
}

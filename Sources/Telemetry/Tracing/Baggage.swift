import Tracing

/// The `baggage` header (W3C Baggage): what the caller wants known along the whole way; handed on as it came.
public struct Baggage: Sendable, Hashable {
    /// One member: the key, the value percent-encoded as it came, and its properties with the leading `;`.
    public struct Entry: Sendable, Hashable {
        public let key: String
        public let encodedValue: String
        public let properties: String
    }

    public private(set) var entries: [Entry] = []

    /// W3C Baggage §3.3.2: 64 members and 8,192 bytes must be handed on; more is cut here, whole members at a time.
    static let maximumMembers = 64
    static let maximumLength = 8192

    public init() {}

    /// Reads a header that came from outside; members that break the grammar are left out, the others stay. One of more
    /// than four times the length that may be handed on is not looked at.
    public init(header: String) {
        guard header.utf8.count <= 4 * Self.maximumLength else { return }
        var length = 0
        for part in header.utf8.split(separator: UInt8(ascii: ",")) {
            guard entries.count < Self.maximumMembers, let entry = Entry(part.trimmingOptionalWhitespace()) else {
                continue
            }
            let added = entry.text.utf8.count + (entries.isEmpty ? 0 : 1)
            guard length + added <= Self.maximumLength else { continue }
            entries.append(entry)
            length += added
        }
    }

    public var isEmpty: Bool { entries.isEmpty }

    /// The members again, comma-separated.
    public var header: String { entries.map(\.text).joined(separator: ",") }

    /// The decoded value of the first member with this key; nil when there is none or it is no UTF-8.
    public subscript(key: String) -> String? {
        guard let entry = entries.first(where: { $0.key == key }) else { return nil }
        return PercentEncoding.decode(entry.encodedValue.utf8)
    }
}

extension Baggage.Entry {
    var text: String { "\(key)=\(encodedValue)\(properties)" }

    fileprivate init?(_ member: Substring.UTF8View) {
        let end = member.firstIndex(of: UInt8(ascii: ";")) ?? member.endIndex
        let pair = member[..<end]
        guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let key = pair[..<equals].trimmingOptionalWhitespace()
        let value = pair[pair.index(after: equals)...].trimmingOptionalWhitespace()
        let rest = member[end...]
        guard !key.isEmpty, key.allSatisfy(\.isToken), value.allSatisfy(\.isBaggageOctet),
            rest.allSatisfy({ $0.isBaggageOctet || $0.isOptionalWhitespace || $0 == UInt8(ascii: ";") })
        else { return nil }
        self.key = String(Substring(key))
        encodedValue = String(Substring(value))
        properties = String(Substring(rest))
    }
}

extension UInt8 {
    /// RFC 9110 §5.6.2.
    var isToken: Bool {
        isDigit || isLowercaseLetter || isUppercaseLetter || "!#$%&'*+-.^_`|~".utf8.contains(self)
    }

    /// W3C Baggage §3.2.1: printable ASCII without space, `"`, comma, semicolon and backslash.
    fileprivate var isBaggageOctet: Bool {
        (0x21...0x7E).contains(self) && !#"",;\"#.utf8.contains(self)
    }
}

private enum BaggageKey: ServiceContextKey {
    typealias Value = Baggage
}

extension ServiceContext {
    public var baggage: Baggage? {
        get { self[BaggageKey.self] }
        set { self[BaggageKey.self] = newValue }
    }
}

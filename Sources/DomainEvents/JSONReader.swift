import FoundationEssentials

/// A strict reader of JSON (RFC 8259), one pass over the bytes: what parsers take differently is refused.
///
/// Foundation's decoder lets a trailing comma and a byte order mark pass, keeps one of two members of the same name, and
/// costs some ten times as much for an event.
struct JSONReader {
    static let maximumDepth = 64

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    /// Whether a string or a name held NUL, which Postgres cannot store and mail must not carry.
    private var holdsNUL = false

    /// - Parameter bytes: known to be UTF-8.
    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static func value(in bytes: [UInt8]) throws(EventRejection) -> JSONValue {
        guard !bytes.isEmpty else { throw invalid("the body is empty") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw invalid("the body is not UTF-8") }
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            throw invalid("the body begins with a byte order mark")
        }
        var reader = JSONReader(bytes)
        let value = try reader.value()
        guard reader.next() == nil else { throw notJSON }
        guard !reader.holdsNUL else { throw .shape("a text in the body holds NUL") }
        return value
    }

    private static func invalid(_ message: String) -> EventRejection {
        EventRejection(code: .jsonInvalid, message: message)
    }

    private static let notJSON = invalid("the body is not JSON, or holds a number or text that cannot be represented")

    // MARK: Values

    private mutating func value() throws(EventRejection) -> JSONValue {
        switch next() {
        case ASCII.quote: return .string(try string())
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object() throws(EventRejection) -> [String: JSONValue] {
        try enter()
        var members: [String: JSONValue] = [:]
        if try !leaves(with: UInt8(ascii: "}"), isFirst: true) {
            repeat {
                guard next() == ASCII.quote else { throw Self.notJSON }
                let name = try string()
                guard next() == ASCII.colon else { throw Self.notJSON }
                index += 1
                guard members.updateValue(try value(), forKey: name) == nil else {
                    throw Self.invalid("an object in the body has two members of the same name")
                }
            } while try !leaves(with: UInt8(ascii: "}"))
        }
        return members
    }

    private mutating func array() throws(EventRejection) -> [JSONValue] {
        try enter()
        var elements: [JSONValue] = []
        if try !leaves(with: UInt8(ascii: "]"), isFirst: true) {
            repeat { elements.append(try value()) } while try !leaves(with: UInt8(ascii: "]"))
        }
        return elements
    }

    private mutating func enter() throws(EventRejection) {
        index += 1
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw Self.invalid("the body is nested deeper than \(Self.maximumDepth) levels")
        }
    }

    /// After an element, or where the first could be: the closing bracket, or the comma before the next.
    private mutating func leaves(with closing: UInt8, isFirst: Bool = false) throws(EventRejection) -> Bool {
        if next() == closing {
            index += 1
            depth -= 1
            return true
        }
        guard !isFirst else { return false }
        guard next() == ASCII.comma else { throw Self.notJSON }
        index += 1
        guard next() != closing else { throw Self.invalid("the body has a comma before a closing bracket") }
        return false
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(EventRejection) -> JSONValue {
        let isThere = word.withUTF8Buffer { bytes[index...].starts(with: $0) }
        guard isThere else { throw Self.notJSON }
        index += word.utf8CodeUnitCount
        return value
    }

    // MARK: Numbers

    /// The Decimal of the number's own text, never by way of binary floating point.
    private mutating func number() throws(EventRejection) -> Decimal {
        let start = index
        skip(UInt8(ascii: "-"))
        let whole = digits()
        let hasLeadingZero = whole.count > 1 && bytes[whole.lowerBound] == UInt8(ascii: "0")
        guard !whole.isEmpty, !hasLeadingZero else { throw Self.notJSON }
        if skip(ASCII.dot), digits().isEmpty { throw Self.notJSON }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(ASCII.plus) { skip(ASCII.hyphen) }
            if digits().isEmpty { throw Self.notJSON }
        }
        guard let number = Decimal(string: String(decoding: bytes[start..<index], as: UTF8.self)) else {
            throw Self.notJSON
        }
        return number
    }

    private mutating func digits() -> Range<Int> {
        let start = index
        while let byte = peek(), ASCII.isDigit(byte) { index += 1 }
        return start..<index
    }

    // MARK: Strings

    private mutating func string() throws(EventRejection) -> String {
        index += 1
        let start = index
        while let byte = peek(), byte != ASCII.quote, byte != ASCII.backslash, byte >= 0x20 { index += 1 }
        guard peek() != ASCII.quote else {
            defer { index += 1 }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }
        return try escapedString(after: Array(bytes[start..<index]))
    }

    private mutating func escapedString(after plain: [UInt8]) throws(EventRejection) -> String {
        var text = plain
        while let byte = peek() {
            index += 1
            switch byte {
            case ASCII.quote: return String(decoding: text, as: UTF8.self)
            case ASCII.backslash: text.append(contentsOf: try escape())
            case ..<0x20: throw Self.invalid("a text in the body holds an unescaped control character")
            default: text.append(byte)
            }
        }
        throw Self.notJSON
    }

    /// What stands for the escape behind a backslash, in UTF-8.
    private mutating func escape() throws(EventRejection) -> [UInt8] {
        guard let byte = peek() else { throw Self.notJSON }
        index += 1
        switch byte {
        case ASCII.quote, ASCII.backslash, ASCII.slash: return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(try scalar()).utf8)
        default: throw Self.notJSON
        }
    }

    /// Half of a surrogate pair alone stands for no character.
    private mutating func scalar() throws(EventRejection) -> Unicode.Scalar {
        let first = try codeUnit()
        holdsNUL = holdsNUL || first == 0
        guard UTF16.isSurrogate(first) else {
            guard let scalar = Unicode.Scalar(first) else { throw Self.notJSON }
            return scalar
        }
        guard UTF16.isLeadSurrogate(first), skip(ASCII.backslash), skip(UInt8(ascii: "u")) else { throw Self.notJSON }
        let second = try codeUnit()
        guard UTF16.isTrailSurrogate(second) else { throw Self.notJSON }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    private mutating func codeUnit() throws(EventRejection) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Self.hexDigit(byte) else { throw Self.notJSON }
            unit = unit << 4 | digit
            index += 1
        }
        return unit
    }

    private static func hexDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    // MARK: Bytes

    private func peek() -> UInt8? {
        index < bytes.count ? bytes[index] : nil
    }

    /// The next byte that is no blank, not taken.
    private mutating func next() -> UInt8? {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
        return peek()
    }

    /// Takes the byte if it is there.
    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        index += 1
        return true
    }
}

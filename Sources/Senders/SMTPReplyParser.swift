/// Puts SMTP replies together from bytes that arrive in any pieces; keeps what follows a reply for the next one.
struct SMTPReplyParser: Sendable, Equatable {
    /// Why the bytes are no reply; the session is of no use any more.
    struct Malformed: Error, Equatable {
        let reason: String
    }

    /// RFC 5321 §4.5.3.1.5 allows 512 octets a line; real servers write more, so be generous but bounded.
    static let maximumLineLength = 4096
    static let maximumLines = 128

    private var buffer: [UInt8] = []
    private var start = 0
    private var scanned = 0
    private var code: Int?
    private var lines: [String] = []

    /// Whether bytes wait that no `next()` returned yet.
    var hasLeftover: Bool { start < buffer.count || code != nil }

    mutating func append(_ bytes: [UInt8]) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            (start, scanned) = (0, 0)
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next complete reply, or nil when more bytes are needed.
    mutating func next() throws(Malformed) -> SMTPReply? {
        while let line = try nextLine() {
            let (code, isLast, text) = try Self.parse(line)
            if let first = self.code, first != code {
                throw Malformed(reason: "a reply with two codes, \(first) and \(code)")
            }
            lines.append(text)
            guard lines.count <= Self.maximumLines else { throw Malformed(reason: "a reply of too many lines") }
            guard isLast else {
                self.code = code
                continue
            }
            defer {
                self.code = nil
                lines = []
            }
            return SMTPReply(code: code, lines: lines)
        }
        return nil
    }

    /// The bytes before the next line feed, without a carriage return at their end.
    private mutating func nextLine() throws(Malformed) -> ArraySlice<UInt8>? {
        guard let end = buffer[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
            scanned = buffer.count
            guard buffer.count - start <= Self.maximumLineLength else { throw Self.tooLong }
            return nil
        }
        var line = buffer[start..<end]
        (start, scanned) = (end + 1, end + 1)
        guard line.count <= Self.maximumLineLength else { throw Self.tooLong }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }

    private static let tooLong = Malformed(reason: "a reply line over \(maximumLineLength) bytes")

    private static func parse(
        _ line: ArraySlice<UInt8>
    ) throws(Malformed) -> (code: Int, isLast: Bool, text: String) {
        let digits = line.prefix(3)
        guard
            digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let first = digits.first, (0x32...0x35).contains(first)
        else { throw Malformed(reason: "a line that does not start with a reply code") }
        let code = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        // RFC 5321 §4.2.1: a bare code without a separator is to be understood.
        guard let separator = line.dropFirst(3).first else { return (code, true, "") }
        guard separator == UInt8(ascii: " ") || separator == UInt8(ascii: "-") else {
            throw Malformed(reason: "a reply code that is not followed by a space or a hyphen")
        }
        return (code, separator == UInt8(ascii: " "), String(decoding: line.dropFirst(4), as: UTF8.self))
    }
}

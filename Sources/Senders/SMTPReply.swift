/// One answer of an SMTP server: its code and text lines (RFC 5321 §4.2).
public struct SMTPReply: Sendable, Equatable {
    /// 200 to 599: the parser lets no other through.
    public var code: Int
    /// The text after code and separator, a string for each line, not masked: nothing to log as it is.
    public var lines: [String]

    public init(code: Int, lines: [String] = []) {
        self.code = code
        self.lines = lines
    }

    /// RFC 3463: `class.subject.detail`.
    public struct EnhancedStatus: Sendable, Equatable {
        public var `class`: Int
        public var subject: Int
        public var detail: Int

        public init(_ class: Int, _ subject: Int, _ detail: Int) {
            self.class = `class`
            self.subject = subject
            self.detail = detail
        }
    }

    public enum Severity: Sendable, Equatable {
        /// 2yz: done.
        case completed
        /// 3yz: go on with what belongs to the command.
        case intermediate
        /// 4yz: try again later.
        case transient
        /// 5yz: never.
        case permanent
    }

    public var severity: Severity {
        switch code {
        case ..<300: .completed
        case ..<400: .intermediate
        case ..<500: .transient
        default: .permanent
        }
    }

    /// The enhanced status code at the start of the text, nil where the server gives none (or of another class).
    public var enhancedStatus: EnhancedStatus? {
        guard let word = lines.first?.utf8.prefix(while: { $0 != UInt8(ascii: " ") }) else { return nil }
        let parts = word.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 1 else { return nil }
        var numbers: [Int] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            numbers.append(part.reduce(0) { $0 * 10 + Int($1 - 0x30) })
        }
        guard numbers[0] == code / 100 else { return nil }
        return EnhancedStatus(numbers[0], numbers[1], numbers[2])
    }

    public var text: String { lines.joined(separator: " ") }
}

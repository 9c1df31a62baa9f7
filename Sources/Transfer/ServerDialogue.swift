/// What an SMTP server said while its session was opened: every line, and what they mean together.
struct ServerDialogue: Equatable {
    /// Bytes of all lines together.
    static let maximumBytes = 65_536

    private(set) var lines: [String] = []
    private var bytes = 0

    /// Takes one line, with or without its line end.
    /// - Returns: false when the server has talked too much.
    mutating func append(_ line: some Collection<UInt8>) -> Bool {
        bytes += line.count
        guard bytes <= Self.maximumBytes else { return false }
        let end = line.firstIndex { $0 == 0x0D || $0 == 0x0A } ?? line.endIndex
        lines.append(String(decoding: line[..<end], as: UTF8.self))
        return true
    }

    /// One per reply, several lines of one code joined (RFC 5321 §4.2.1); lines that are no replies are left out.
    private var replies: [(code: Int, texts: [Substring])] {
        var replies: [(code: Int, texts: [Substring])] = []
        var isOpen = false
        for line in lines {
            guard let (code, isLast, text) = Self.parse(line) else { continue }
            if isOpen, replies[replies.count - 1].code == code {
                replies[replies.count - 1].texts.append(text)
            } else {
                replies.append((code, [text]))
            }
            isOpen = !isLast
        }
        return replies
    }

    private static func parse(_ line: String) -> (code: Int, isLast: Bool, text: Substring)? {
        let digits = line.utf8.prefix(3)
        guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }), let code = Int(line.prefix(3))
        else {
            return nil
        }
        let rest = line.dropFirst(3)
        guard let mark = rest.first else { return (code, true, rest) }
        guard mark == " " || mark == "-" else { return nil }
        return (code, mark == " ", rest.dropFirst())
    }

    var lastReply: TransferFailure.ServerReply? {
        replies.last.map { TransferFailure.ServerReply(code: $0.code, text: $0.texts.joined(separator: " ")) }
    }

    /// The last EHLO's lines after its first, in upper case: `PIPELINING`, `SIZE 10240000`.
    var capabilities: Set<String> {
        let ehlo = replies.last { $0.code == 250 }
        return Set((ehlo?.texts.dropFirst() ?? []).map { $0.uppercased() })
    }

    /// The server said 235 (RFC 4954 §6).
    var isAuthenticated: Bool { replies.contains { $0.code == 235 } }

    /// The greeting was followed by an answer to EHLO, so that a 220 can only be the go-ahead to STARTTLS.
    var isPastGreeting: Bool { replies.contains { $0.code == 250 } }
}

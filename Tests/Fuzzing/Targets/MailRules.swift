@testable import Senders

/// What holds of every message that leaves, read from its bytes alone.
enum MailRules {
    static func check(_ message: MailMessage) throws {
        let bytes = message.encoded()
        try require(!bytes.contains(0), "NUL in a message")
        let lines = try lines(of: bytes)
        for line in lines { try require(line.count <= 998, "a line of \(line.count) bytes") }
        guard let end = lines.firstIndex(where: \.isEmpty) else { throw Violation(description: "no end of the header") }
        try checkHeader(lines[..<end], hasReplyTo: message.replyTo != nil)
        try checkParts(Array(lines[(end + 1)...]), message)
        let content = DotStuffing.content(of: bytes)
        try require(DotStuffingRules.unstuffed(content) == bytes, "dot-stuffing changed the message")
    }

    /// The lines without their CR LF; each CR has its LF and the other way round.
    private static func lines(of bytes: [UInt8]) throws -> [ArraySlice<UInt8>] {
        let pieces = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        try require(pieces.last?.isEmpty == true, "the last line has no end")
        return try pieces.dropLast().map { piece in
            try require(piece.last == 0x0D, "LF without CR")
            let line = piece.dropLast()
            try require(!line.contains(0x0D), "CR without LF")
            return line
        }
    }

    private static func checkHeader(_ lines: ArraySlice<ArraySlice<UInt8>>, hasReplyTo: Bool) throws {
        var names: [String] = []
        for line in lines {
            let isFolded = line.first == 0x20 || line.first == 0x09
            try require(line.contains { $0 != 0x20 && $0 != 0x09 }, "a header line of blanks alone")
            try require(!line.contains { $0 < 0x20 || $0 == 0x7F }, "a control in the header")
            if isFolded { continue }
            names.append(String(decoding: line.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self))
        }
        var expected = [
            "Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Auto-Submitted", "X-Auto-Response-Suppress",
            "Notifyd-Event-ID", "Content-Type",
        ]
        if hasReplyTo { expected.insert("Reply-To", at: 2) }
        try require(names == expected, "the header has the fields \(names)")
    }

    private static func checkParts(_ lines: [ArraySlice<UInt8>], _ message: MailMessage) throws {
        guard let first = lines.first, first.starts(with: "--".utf8) else {
            throw Violation(description: "the body does not begin with a boundary")
        }
        let boundary = Array(first)
        try require(boundary.count <= 2 + 70 + 4, "a boundary of \(boundary.count - 2) characters")
        let starts = lines.indices.filter { lines[$0].elementsEqual(boundary) }
        try require(starts.count == 2 && starts[0] == 0, "\(starts.count) parts")
        guard let last = lines.last, last.elementsEqual(boundary + Array("--".utf8)) else {
            throw Violation(description: "no closing boundary at the end")
        }
        try require(!lines.dropLast().contains { $0.elementsEqual(last) }, "a closing boundary before the end")
        try checkPart(lines[1..<starts[1]], "text/plain", message.text)
        try checkPart(lines[(starts[1] + 1)..<(lines.count - 1)], "text/html", message.html)
    }

    private static func checkPart(_ lines: ArraySlice<ArraySlice<UInt8>>, _ type: String, _ text: String) throws {
        let header = lines.prefix { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
        try require(
            header.count == 2 && header[0] == "Content-Type: \(type); charset=utf-8",
            "a part's header \(header)"
        )
        let body = lines.dropFirst(header.count + 1)
        for line in body { try require(line.count <= 76, "an encoded line of \(line.count) characters") }
        let decoded: [UInt8]
        switch header[1] {
        case "Content-Transfer-Encoding: base64": decoded = TransferDecoding.base64(body)
        case "Content-Transfer-Encoding: quoted-printable": decoded = TransferDecoding.quotedPrintable(body)
        default: throw Violation(description: "the encoding \(header[1])")
        }
        try require(decoded == canonical(text), "another text came out of \(header[1])")
    }

    /// The text as its reader must find it, said the slow way.
    private static func canonical(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var previous: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case 0x0A where previous == 0x0D: break
            case 0x0A, 0x0D: result += [0x0D, 0x0A]
            case 0x09, 0x20..., 0x80...: if byte != 0x7F { result.append(byte) }
            default: break
            }
            previous = byte
        }
        return result.last == 0x0A ? result : result + [0x0D, 0x0A]
    }
}

/// RFC 5321 §4.5.2, the receiver's side.
enum DotStuffingRules {
    /// Nil where a line of a single dot stands anywhere but at the end.
    static func unstuffed(_ content: [UInt8]) -> [UInt8]? {
        let end = Array(".\r\n".utf8)
        guard content.suffix(3).elementsEqual(end) else { return nil }
        let body = content.dropLast(3)
        guard body.isEmpty || body.suffix(2).elementsEqual(end.dropFirst()) else { return nil }
        var result: [UInt8] = []
        for line in body.split(separator: 0x0A, omittingEmptySubsequences: false) {
            guard line.first == UInt8(ascii: ".") else {
                result += line + [0x0A]
                continue
            }
            // `.` CR LF, and what lenient servers take for it.
            if line.dropFirst().allSatisfy({ $0 == 0x0D }) { return nil }
            result += line.dropFirst() + [0x0A]
        }
        return result.dropLast()
    }
}

/// The two content transfer encodings of RFC 2045, the reader's side.
enum TransferDecoding {
    static func base64(_ lines: ArraySlice<ArraySlice<UInt8>>) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var values = [UInt32?](repeating: nil, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt32(value) }
        var (result, group, bits): ([UInt8], UInt32, UInt32) = ([], 0, 0)
        for letter in lines.joined() {
            guard let value = values[Int(letter)] else { continue }
            group = group << 6 | value
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            result.append(UInt8(truncatingIfNeeded: group >> bits))
        }
        return result
    }

    static func quotedPrintable(_ lines: ArraySlice<ArraySlice<UInt8>>) -> [UInt8] {
        var result: [UInt8] = []
        for line in lines {
            var rest = line
            var isSoft = false
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "=") else {
                    result.append(byte)
                    continue
                }
                guard let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                    isSoft = rest.isEmpty
                    continue
                }
                rest = rest.dropFirst(2)
                result.append(code)
            }
            if !isSoft { result += [0x0D, 0x0A] }
        }
        return result
    }
}

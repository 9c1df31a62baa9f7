/// Finds the server's own name for an accepted message in the text of its answer, where it gives one.
enum SMTPMessageID {
    private static let maximumLength = 128

    /// Postfix, Sendmail and most others (`queued as X`), Exim (`id=X`), Amazon SES (`Ok X`); nil for the rest.
    static func find(in reply: SMTPReply) -> String? {
        guard let line = reply.lines.last else { return nil }
        let words = line.split(separator: " ")
        for (index, word) in words.enumerated() {
            if word.lowercased() == "queued", index + 2 < words.count, words[index + 1].lowercased() == "as" {
                return valid(words[index + 2])
            }
            if word.hasPrefix("id=") { return valid(word.dropFirst(3)) }
        }
        if words.count == 2, words[0].lowercased() == "ok", words[1].utf8.count >= 8 { return valid(words[1]) }
        return nil
    }

    /// Only what an id is made of: nothing that could be an address, or do harm where it is shown.
    private static func valid(_ word: Substring) -> String? {
        guard (1...maximumLength).contains(word.utf8.count) else { return nil }
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
        return isPlain ? String(word) : nil
    }
}

/// Puts the blank lines of a text part in order once it is known which sections are there.
enum BlankLines {
    /// At most one blank line in a row, none at the beginning, one line break at the end.
    static func settled(_ text: String) -> String {
        let newline = UInt8(ascii: "\n")
        var settled: [UInt8] = []
        settled.reserveCapacity(text.utf8.count + 1)
        var breaks = 2
        for byte in text.utf8 {
            if byte == newline {
                breaks += 1
                if breaks > 2 { continue }
            } else {
                breaks = 0
            }
            settled.append(byte)
        }
        while settled.last == newline { settled.removeLast() }
        settled.append(newline)
        return String(decoding: settled, as: UTF8.self)
    }
}

/// Puts the blank lines of a text part in order once it is known which sections are there.
enum BlankLines {
    /// At most one blank line in a row, none at the beginning, one line break at the end.
    static func settled(_ text: String) -> String {
        let newline = UInt8(ascii: "\n")
        var text = text
        return text.withUTF8 { input in
            var settled: [UInt8] = []
            settled.reserveCapacity(input.count + 1)
            // What is kept is copied in runs: nearly all of a text.
            var (runStart, breaks) = (0, 2)
            for index in input.indices {
                guard input[index] == newline else {
                    breaks = 0
                    continue
                }
                breaks += 1
                guard breaks > 2 else { continue }
                settled.append(contentsOf: input[runStart..<index])
                runStart = index + 1
            }
            settled.append(contentsOf: input[runStart...])
            while settled.last == newline { settled.removeLast() }
            settled.append(newline)
            return String(decoding: settled, as: UTF8.self)
        }
    }
}

/// A template's text, and for each of its lines the file and line it came from.
///
/// Partials are put in as text, so a line of the whole may come from another file than its neighbour.
struct TemplateText: Sendable, Equatable {
    private(set) var text: String
    /// One for each line of `text`; never empty.
    private(set) var origins: [SourceLine]

    /// - Parameter firstLine: the number in `file` of the text's first line, where front matter stands before it.
    init(_ text: String, file: String, firstLine: Int = 1) {
        self.text = text
        let lines = 1 + text.utf8.count { $0 == UInt8(ascii: "\n") }
        origins = (0..<lines).map { SourceLine(file: file, line: firstLine + $0) }
    }

    /// - Parameter line: counted from 1; beyond the end it is the last line.
    func origin(ofLine line: Int) -> SourceLine {
        origins[min(max(line, 1), origins.count) - 1]
    }

    mutating func append(_ other: TemplateText) {
        // The first line of `other` goes on with our last one; where that is still empty the line is the other's.
        if text.isEmpty || text.utf8.last == UInt8(ascii: "\n") {
            origins.removeLast()
            origins.append(contentsOf: other.origins)
        } else {
            origins.append(contentsOf: other.origins.dropFirst())
        }
        text += other.text
    }

    /// The part at `range`, UTF-8 offsets into `text` at scalar boundaries, with its lines' origins.
    func part(_ range: Range<Int>) -> TemplateText {
        let utf8 = Array(text.utf8)
        let newline = UInt8(ascii: "\n")
        let before = utf8[..<range.lowerBound].count { $0 == newline }
        let within = utf8[range].count { $0 == newline }
        var part = self
        part.text = String(decoding: utf8[range], as: UTF8.self)
        part.origins = Array(origins[before...(before + within)])
        return part
    }
}

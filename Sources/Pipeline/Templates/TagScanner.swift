/// Splits a template's text at its mustache tags and refuses the tags that a catalogue must not have.
struct TagScanner {
    enum Piece: Sendable, Equatable {
        case text(String)
        case tag(TemplateTag)
        /// `{{! … }}`: nothing, but it can stand alone on its line.
        case comment
        /// `{{> name}}`, with its range of UTF-8 offsets.
        case partial(String, SourceLine, range: Range<Int>)
    }

    private let source: TemplateText
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var pieces: [Piece] = []
    private var problems: [CatalogueProblem] = []

    private init(_ source: TemplateText) {
        self.source = source
        bytes = Array(source.text.utf8)
    }

    static func scan(_ source: TemplateText, problems: inout [CatalogueProblem]) -> [Piece] {
        var scanner = TagScanner(source)
        scanner.run()
        problems += scanner.problems
        return scanner.pieces
    }

    private mutating func run() {
        var textStart = 0
        while position < bytes.count {
            guard isPair(UInt8(ascii: "{"), at: position) else {
                if bytes[position] == UInt8(ascii: "\n") { line += 1 }
                position += 1
                continue
            }
            appendText(textStart..<position)
            readTag()
            textStart = position
        }
        appendText(textStart..<bytes.count)
    }

    private mutating func appendText(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        pieces.append(.text(String(decoding: bytes[range], as: UTF8.self)))
    }

    private func isPair(_ brace: UInt8, at index: Int) -> Bool {
        index + 1 < bytes.count && bytes[index] == brace && bytes[index + 1] == brace
    }

    /// Reads the tag at `position`; after an unfinished one the rest of the text is skipped.
    private mutating func readTag() {
        let start = position
        let origin = source.origin(ofLine: line)
        var end = start + 2
        while end < bytes.count, !isPair(UInt8(ascii: "}"), at: end) { end += 1 }
        guard end < bytes.count else {
            problems.append(origin.problem("{{ without }}"))
            position = bytes.count
            return
        }
        let content = bytes[(start + 2)..<end]
        line += content.count { $0 == UInt8(ascii: "\n") }
        position = end + 2
        interpret(String(decoding: content, as: UTF8.self)[...], origin, range: start..<position)
    }

    private mutating func interpret(_ content: Substring, _ origin: SourceLine, range: Range<Int>) {
        let name = Self.trimmed(content.dropFirst())
        switch content.first {
        case "!": pieces.append(.comment)
        case ">":
            guard Self.isPartialName(name) else {
                problems.append(origin.problem("{{> }} needs the name of a file in _shared/partials"))
                return
            }
            pieces.append(.partial(name, origin, range: range))
        case "#": append(.section, name, origin)
        case "^": append(.inverted, name, origin)
        case "/": append(.close, name, origin)
        case "{":
            if position < bytes.count, bytes[position] == UInt8(ascii: "}") { position += 1 }
            problems.append(origin.problem("{{{ }}} would put a value in without escaping it; write {{ }}"))
        case "&":
            problems.append(origin.problem("{{& }} would put a value in without escaping it; write {{ }}"))
        case "=": problems.append(origin.problem("the delimiters of tags cannot be changed ({{= =}})"))
        case "<", "$", "%": problems.append(origin.problem("{{\(content.prefix(1)) }} is not understood here"))
        default: append(.variable, Self.trimmed(content), origin)
        }
    }

    private mutating func append(_ kind: TemplateTag.Kind, _ name: String, _ origin: SourceLine) {
        guard Self.isName(name) else {
            problems.append(origin.problem("a tag holds one name of letters, digits, _ and -, not \"\(name)\""))
            return
        }
        pieces.append(.tag(TemplateTag(kind: kind, name: name, source: origin)))
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    private static func isName(_ name: String) -> Bool {
        if name == "." { return true }
        let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.allSatisfy { part in !part.isEmpty && part.allSatisfy(isNameByte) }
    }

    private static func isPartialName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy(isNameByte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

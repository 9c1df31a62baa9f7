/// Stands in for mustache tags while Markdown is parsed: one private-use character each, which means nothing to Markdown.
struct TagTokens {
    private(set) var tags: [TemplateTag] = []
    /// The text with each tag replaced.
    private(set) var text = ""

    /// U+E000 to U+F8FF, the private use area of the basic plane.
    private static let first: UInt32 = 0xE000
    private static let last: UInt32 = 0xF8FF

    init(_ source: TemplateText, problems: inout [CatalogueProblem]) {
        for (index, line) in source.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where line.unicodeScalars.contains(where: Self.isToken) {
            problems.append(source.origin(ofLine: index + 1).problem("a private-use character (U+E000 to U+F8FF)"))
            return
        }
        for piece in TagScanner.scan(source, problems: &problems) {
            switch piece {
            case .text(let piece): text += piece
            case .comment, .partial: break
            case .tag(let tag):
                guard let token = Unicode.Scalar(Self.first + UInt32(tags.count)), Self.isToken(token) else {
                    problems.append(tag.source.problem("more than 6400 tags in one file"))
                    return
                }
                tags.append(tag)
                text.unicodeScalars.append(token)
            }
        }
    }

    enum Part: Equatable {
        case text(String)
        case tag(Int)
    }

    /// A text as Markdown's parser gave it back, taken apart at the tokens; the numbers are indices of `tags`.
    func parts(of text: String) -> [Part] {
        var parts: [Part] = []
        var literal = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if Self.isToken(scalar), Int(scalar.value - Self.first) < tags.count {
                if !literal.isEmpty { parts.append(.text(String(literal))) }
                literal = String.UnicodeScalarView()
                parts.append(.tag(Int(scalar.value - Self.first)))
            } else {
                literal.append(scalar)
            }
        }
        if !literal.isEmpty { parts.append(.text(String(literal))) }
        return parts
    }

    private static func isToken(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= first && scalar.value <= last
    }
}

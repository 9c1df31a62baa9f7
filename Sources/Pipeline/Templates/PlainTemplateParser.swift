/// Compiles a text that is no Markdown (an SMS, a subject, the text layout): every value gets the same escape.
enum PlainTemplateParser {
    static func parse(
        _ source: TemplateText,
        escape: Escape,
        problems: inout [CatalogueProblem]
    ) -> [TemplateNode] {
        let pieces = standaloneLinesRemoved(TagScanner.scan(source, problems: &problems))
        var builder = SectionBuilder<TemplateNode>(container: "file") { .section(TemplateSection($0), $1) }
        for piece in pieces {
            switch piece {
            case .text(let text): builder.append(.text(text))
            case .comment, .partial: break
            case .tag(let tag):
                switch tag.kind {
                case .variable: builder.append(.variable(TemplateVariable(tag, escape)))
                case .section, .inverted: builder.open(tag)
                case .close: builder.close(tag, problems: &problems)
                }
            }
        }
        return builder.finish(problems: &problems).joined
    }

    /// Takes away the rest of each line that holds nothing but one section tag or comment (the mustache specification's
    /// standalone tags).
    static func standaloneLinesRemoved(_ pieces: [TagScanner.Piece]) -> [TagScanner.Piece] {
        var result = pieces
        for index in pieces.indices {
            switch pieces[index] {
            case .comment: break
            case .tag(let tag) where tag.kind != .variable: break
            case .text, .tag, .partial: continue
            }
            guard endsWithBlankLine(pieces, before: index), startsWithBlankLine(pieces, after: index) else { continue }
            if index > 0, case .text(let text) = result[index - 1] {
                result[index - 1] = .text(String(text.reversed().drop(while: isBlank).reversed()))
            }
            if index + 1 < result.count, case .text(let text) = result[index + 1] {
                result[index + 1] = .text(String(text.drop(while: isBlank).dropFirst()))
            }
        }
        return result
    }

    private static func endsWithBlankLine(_ pieces: [TagScanner.Piece], before index: Int) -> Bool {
        guard index > 0 else { return true }
        guard case .text(let text) = pieces[index - 1] else { return false }
        let rest = text.reversed().drop(while: isBlank)
        return rest.first == "\n" || (rest.isEmpty && index == 1)
    }

    private static func startsWithBlankLine(_ pieces: [TagScanner.Piece], after index: Int) -> Bool {
        guard index + 1 < pieces.count else { return true }
        guard case .text(let text) = pieces[index + 1] else { return false }
        let rest = text.drop(while: isBlank)
        return rest.first == "\n" || (rest.isEmpty && index + 2 == pieces.count)
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
}

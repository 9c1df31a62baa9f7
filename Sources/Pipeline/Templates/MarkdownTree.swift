/// A block of a Markdown body, with the mustache sections that stand around blocks.
indirect enum MarkdownBlock: Equatable {
    case paragraph([MarkdownInline])
    case heading(level: Int, [MarkdownInline])
    case list(MarkdownList)
    case quote([MarkdownBlock])
    case code([MarkdownInline])
    case thematicBreak
    case section(TemplateTag, [MarkdownBlock])
}

struct MarkdownList: Equatable {
    /// The first item's number; nil for a bulleted list.
    var start: Int?
    /// No blank lines between the items: their paragraphs get no `<p>`.
    var isTight: Bool
    var items: [[MarkdownBlock]]
}

/// What a block's text is made of, with the mustache sections that stand within the block.
indirect enum MarkdownInline: Equatable {
    case text(String)
    case variable(TemplateTag)
    case softBreak
    case lineBreak
    case code([MarkdownInline])
    case emphasis([MarkdownInline])
    case strong([MarkdownInline])
    /// Target and title hold texts, variables and sections only.
    case link(target: [MarkdownInline], title: [MarkdownInline], label: [MarkdownInline])
    case section(TemplateTag, [MarkdownInline])
}

extension [MarkdownInline] {
    /// The section that is all there is, with what it holds: the block around it is then as conditional as its text.
    var onlySection: (TemplateTag, [MarkdownInline])? {
        let content = trimmingBreaks
        guard content.count == 1, case .section(let tag, let inlines) = content[0] else { return nil }
        return (tag, inlines.trimmingBreaks)
    }

    private var trimmingBreaks: [MarkdownInline] {
        var inlines = self[...]
        while inlines.first == .softBreak { inlines.removeFirst() }
        while inlines.last == .softBreak { inlines.removeLast() }
        return Array(inlines)
    }
}

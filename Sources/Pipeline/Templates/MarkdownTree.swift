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
    ///
    /// A line break behind the opening tag goes, one before the closing tag stays and parts a list's elements: that is how
    /// mustache reads tags that stand alone on their lines.
    var onlySection: (TemplateTag, [MarkdownInline])? {
        let content = trimmingBreaks
        guard content.count == 1, case .section(let tag, let inlines) = content[0] else { return nil }
        return (tag, Array(inlines.drop { $0 == .softBreak }))
    }

    fileprivate var trimmingBreaks: [MarkdownInline] {
        var inlines = self[...]
        while inlines.first == .softBreak { inlines.removeFirst() }
        while inlines.last == .softBreak { inlines.removeLast() }
        return Array(inlines)
    }
}

extension [MarkdownBlock] {
    /// The section that is all there is in a list's item, with what it holds: the item's mark goes with it, and of a list's
    /// elements each has its own.
    var onlySection: (TemplateTag, [MarkdownBlock])? {
        guard count == 1 else { return nil }
        switch self[0] {
        case .section(let tag, let blocks): return (tag, blocks)
        case .paragraph(let inlines):
            guard let (tag, content) = inlines.onlySection else { return nil }
            return (tag, [.paragraph(content.trimmingBreaks)])
        case .heading, .list, .quote, .code, .thematicBreak: return nil
        }
    }
}

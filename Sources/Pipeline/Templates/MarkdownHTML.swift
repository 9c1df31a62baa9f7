/// Writes a Markdown tree as HTML.
struct MarkdownHTML {
    static func render(_ blocks: [MarkdownBlock]) -> [TemplateNode] {
        var html = MarkdownHTML()
        html.write(blocks, isTight: false)
        return html.nodes.joined
    }

    private var nodes: [TemplateNode] = []

    private mutating func markup(_ text: String) { nodes.append(.text(text)) }

    /// What `body` writes becomes the section's content.
    private mutating func section(_ tag: TemplateTag, isGuard: Bool = false, _ body: (inout MarkdownHTML) -> Void) {
        var content = MarkdownHTML()
        body(&content)
        nodes.append(.section(TemplateSection(tag, isGuard: isGuard), content.nodes))
    }

    private mutating func write(_ blocks: [MarkdownBlock], isTight: Bool) {
        for block in blocks { write(block, isTight: isTight) }
    }

    private mutating func write(_ block: MarkdownBlock, isTight: Bool) {
        switch block {
        case .paragraph(let inlines):
            guard let (tag, content) = inlines.onlySection else { return paragraph(inlines, isTight: isTight) }
            // One paragraph, which a list's elements share.
            section(tag, isGuard: true) { $0.paragraph([.section(tag, content)], isTight: isTight) }
        case .heading(let level, let inlines): element("h\(level)", inlines)
        case .list(let list): write(list)
        case .quote(let blocks):
            markup("<blockquote>\n")
            write(blocks, isTight: false)
            markup("</blockquote>\n")
        case .code(let content):
            markup("<pre><code>")
            write(content)
            markup("</code></pre>\n")
        case .thematicBreak: markup("<hr>\n")
        case .section(let tag, let blocks): section(tag) { $0.write(blocks, isTight: isTight) }
        }
    }

    private mutating func paragraph(_ inlines: [MarkdownInline], isTight: Bool) {
        guard isTight else { return element("p", inlines) }
        write(inlines)
        markup("\n")
    }

    private mutating func element(_ name: String, _ inlines: [MarkdownInline]) {
        markup("<\(name)>")
        write(inlines)
        markup("</\(name)>\n")
    }

    private mutating func write(_ list: MarkdownList) {
        let name = list.start == nil ? "ul" : "ol"
        let start = list.start.map { $0 == 1 ? "" : " start=\"\($0)\"" } ?? ""
        markup("<\(name)\(start)>\n")
        for item in list.items {
            // An item that is wholly conditional goes with its bullet.
            if let (tag, blocks) = item.onlySection {
                section(tag) { $0.write(item: blocks, isTight: list.isTight) }
            } else {
                write(item: item, isTight: list.isTight)
            }
        }
        markup("</\(name)>\n")
    }

    private mutating func write(item: [MarkdownBlock], isTight: Bool) {
        markup("<li>")
        if isTight, item.count == 1, case .paragraph(let inlines) = item[0] {
            write(inlines)
        } else {
            markup("\n")
            write(item, isTight: isTight)
        }
        markup("</li>\n")
    }

    private mutating func write(_ inlines: [MarkdownInline]) {
        for inline in inlines { write(inline) }
    }

    private mutating func write(_ inline: MarkdownInline) {
        switch inline {
        case .text(let text): markup(HTMLEscape.apply(text))
        case .variable(let tag): nodes.append(.variable(TemplateVariable(tag, .html)))
        case .softBreak: markup("\n")
        case .lineBreak: markup("<br>\n")
        case .code(let content): span("code", content)
        case .emphasis(let content): span("em", content)
        case .strong(let content): span("strong", content)
        case .link(let target, let title, let label):
            markup("<a href=\"")
            nodes += LinkTarget.nodes(target, escape: .link)
            if !title.isEmpty {
                markup("\" title=\"")
                write(title)
            }
            markup("\">")
            write(label)
            markup("</a>")
        case .section(let tag, let content): section(tag) { $0.write(content) }
        }
    }

    private mutating func span(_ name: String, _ content: [MarkdownInline]) {
        markup("<\(name)>")
        write(content)
        markup("</\(name)>")
    }
}

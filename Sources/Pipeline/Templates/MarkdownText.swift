/// Writes a Markdown tree as plain text, as a person would type it into a mail.
struct MarkdownText {
    /// Each block ends with an empty line; the text part's blank lines are put in order after rendering, when it is
    /// known which sections are there.
    static func render(_ blocks: [MarkdownBlock]) -> [TemplateNode] {
        var text = MarkdownText()
        text.write(blocks, isTight: false)
        return text.nodes.joined
    }

    private var nodes: [TemplateNode] = []

    private mutating func literal(_ text: String) { nodes.append(.text(text)) }

    private static func nodes(_ body: (inout MarkdownText) -> Void) -> [TemplateNode] {
        var text = MarkdownText()
        body(&text)
        return text.nodes
    }

    private mutating func write(_ blocks: [MarkdownBlock], isTight: Bool) {
        for block in blocks { write(block, isTight: isTight) }
    }

    private mutating func write(_ block: MarkdownBlock, isTight: Bool) {
        switch block {
        case .paragraph(let inlines):
            guard let (tag, content) = inlines.onlySection else { return paragraph(inlines, isTight: isTight) }
            // One paragraph, which a list's elements share.
            let shared = Self.nodes { $0.paragraph([.section(tag, content)], isTight: isTight) }
            nodes.append(.section(TemplateSection(tag, isGuard: true), shared))
        case .heading(_, let inlines): paragraph(inlines, isTight: false)
        case .list(let list): write(list)
        case .quote(let blocks):
            nodes += Self.indented(
                Self.nodes { $0.write(blocks, isTight: false) }.withoutBlankEnd,
                first: "> ",
                rest: "> "
            )
            literal("\n\n")
        case .code(let content):
            nodes += Self.indented(Self.nodes { $0.write(content) }.withoutBlankEnd, first: "    ", rest: "    ")
            literal("\n\n")
        case .thematicBreak: literal("--------------------\n\n")
        case .section(let tag, let blocks):
            nodes.append(.section(TemplateSection(tag), Self.nodes { $0.write(blocks, isTight: isTight) }))
        }
    }

    private mutating func paragraph(_ inlines: [MarkdownInline], isTight: Bool) {
        write(inlines)
        literal(isTight ? "\n" : "\n\n")
    }

    private mutating func write(_ list: MarkdownList) {
        for (index, item) in list.items.enumerated() {
            let mark = list.start.map { "\($0 + index). " } ?? "- "
            if let (tag, blocks) = item.onlySection {
                nodes.append(.section(TemplateSection(tag), Self.item(blocks, mark: mark, isTight: list.isTight)))
            } else {
                nodes += Self.item(item, mark: mark, isTight: list.isTight)
            }
        }
        literal("\n")
    }

    private static func item(_ blocks: [MarkdownBlock], mark: String, isTight: Bool) -> [TemplateNode] {
        let content = nodes { $0.write(blocks, isTight: isTight) }.withoutBlankEnd
        let indent = String(repeating: " ", count: mark.count)
        return indented(content, first: mark, rest: indent) + [.text(isTight ? "\n" : "\n\n")]
    }

    private mutating func write(_ inlines: [MarkdownInline]) {
        for inline in inlines { write(inline) }
    }

    private mutating func write(_ inline: MarkdownInline) {
        switch inline {
        case .text(let text): literal(text)
        case .variable(let tag): nodes.append(.variable(TemplateVariable(tag, .plain)))
        case .softBreak, .lineBreak: literal("\n")
        case .code(let content), .emphasis(let content), .strong(let content): write(content)
        case .link(let target, _, let label):
            if !Self.isSame(label, target) {
                write(label)
                if target == Self.withMailto(label) { return }
                literal(": ")
            }
            nodes += LinkTarget.nodes(target, escape: .textLink)
        case .section(let tag, let content):
            nodes.append(.section(TemplateSection(tag), Self.nodes { $0.write(content) }))
        }
    }

    /// A label that is the address itself is written once.
    private static func isSame(_ label: [MarkdownInline], _ target: [MarkdownInline]) -> Bool {
        label.joinedTexts == target.joinedTexts
    }

    private static func withMailto(_ label: [MarkdownInline]) -> [MarkdownInline] {
        ([.text("mailto:")] + label).joinedTexts
    }

    /// Puts a list's mark or a quote's `>` before each line of the literals; values keep their own line breaks.
    private static func indented(_ nodes: [TemplateNode], first: String, rest: String) -> [TemplateNode] {
        [.text(first)] + indented(nodes, rest: rest)
    }

    private static func indented(_ nodes: [TemplateNode], rest: String) -> [TemplateNode] {
        nodes.map { node in
            switch node {
            case .text(let text):
                .text(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n" + rest))
            case .variable: node
            case .section(let section, let content): .section(section, indented(content, rest: rest))
            }
        }
    }
}

extension [TemplateNode] {
    /// Without the line breaks of the last block.
    fileprivate var withoutBlankEnd: [TemplateNode] {
        var nodes = joined
        switch nodes.last {
        case .text(var text):
            while text.hasSuffix("\n") { text.removeLast() }
            nodes[nodes.count - 1] = .text(text)
        case .section(let section, let content) where section.isGuard:
            nodes[nodes.count - 1] = .section(section, content.withoutBlankEnd)
        case .section, .variable, nil: break
        }
        return nodes
    }
}

extension [MarkdownInline] {
    /// libcmark parts a text where it looked for markup.
    fileprivate var joinedTexts: [MarkdownInline] {
        reduce(into: []) { inlines, inline in
            if case .text(let text) = inline, case .text(let before) = inlines.last {
                inlines[inlines.count - 1] = .text(before + text)
            } else {
                inlines.append(inline)
            }
        }
    }
}

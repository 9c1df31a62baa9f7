import CMark

/// Turns a Markdown body with mustache tags into our own tree: CommonMark by libcmark, sections by us.
struct MarkdownParser {
    private let source: TemplateText
    private let tokens: TagTokens
    private var seen: Set<Int> = []
    private var problems: [CatalogueProblem] = []

    /// Deeper Markdown is refused, so that no file can exhaust the stack.
    private static let maximumDepth = 40

    private init(_ source: TemplateText) {
        self.source = source
        tokens = TagTokens(source, problems: &problems)
    }

    static func parse(_ source: TemplateText, problems: inout [CatalogueProblem]) -> [MarkdownBlock] {
        var parser = MarkdownParser(source)
        let blocks = parser.parseDocument()
        problems += parser.problems
        return blocks
    }

    private mutating func parseDocument() -> [MarkdownBlock] {
        var text = tokens.text
        let document = text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { bytes in
                cmark_parse_document(bytes.baseAddress, bytes.count, CMARK_OPT_DEFAULT)
            }
        }
        guard let document else { return [] }
        defer { cmark_node_free(document) }
        let blocks = blocks(in: document, depth: 0)
        if problems.isEmpty { reportLostTags() }
        return blocks
    }

    /// A tag in a link definition that no link uses is in no output.
    private mutating func reportLostTags() {
        for (index, tag) in tokens.tags.enumerated() where !seen.contains(index) {
            problems.append(
                tag.source.problem("\(tag.text) is nowhere in the message: Markdown does not show its line")
            )
        }
    }

    // MARK: Blocks

    private mutating func blocks(in parent: OpaquePointer, depth: Int) -> [MarkdownBlock] {
        guard depth < Self.maximumDepth else {
            problems.append(origin(of: parent).problem("Markdown nested deeper than \(Self.maximumDepth)"))
            return []
        }
        var builder = SectionBuilder<MarkdownBlock>(container: "block") { .section($0, $1) }
        for node in children(of: parent) {
            if let tags = sectionTagsAlone(in: node) {
                for tag in tags {
                    if tag.kind == .close { builder.close(tag, problems: &problems) } else { builder.open(tag) }
                }
            } else if let block = block(node, depth: depth) {
                builder.append(block)
            }
        }
        return builder.finish(problems: &problems)
    }

    private mutating func block(_ node: OpaquePointer, depth: Int) -> MarkdownBlock? {
        switch cmark_node_get_type(node) {
        case CMARK_NODE_PARAGRAPH: return .paragraph(inlines(in: node, depth: depth))
        case CMARK_NODE_HEADING:
            return .heading(level: Int(cmark_node_get_heading_level(node)), inlines(in: node, depth: depth))
        case CMARK_NODE_BLOCK_QUOTE: return .quote(blocks(in: node, depth: depth + 1))
        case CMARK_NODE_LIST:
            let isOrdered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
            return .list(
                MarkdownList(
                    start: isOrdered ? Int(cmark_node_get_list_start(node)) : nil,
                    isTight: cmark_node_get_list_tight(node) != 0,
                    items: children(of: node).map { blocks(in: $0, depth: depth + 2) }
                )
            )
        case CMARK_NODE_CODE_BLOCK: return .code(literal(cmark_node_get_literal(node)))
        case CMARK_NODE_THEMATIC_BREAK: return .thematicBreak
        default:
            refuse(node)
            return nil
        }
    }

    /// The tags of a paragraph that holds nothing but section tags, and so stands around other blocks.
    private mutating func sectionTagsAlone(in node: OpaquePointer) -> [TemplateTag]? {
        guard cmark_node_get_type(node) == CMARK_NODE_PARAGRAPH else { return nil }
        var indices: [Int] = []
        for child in children(of: node) {
            switch cmark_node_get_type(child) {
            case CMARK_NODE_SOFTBREAK: continue
            case CMARK_NODE_TEXT: break
            default: return nil
            }
            for part in tokens.parts(of: string(cmark_node_get_literal(child))) {
                switch part {
                case .text(let text): guard text.allSatisfy(\.isWhitespace) else { return nil }
                case .tag(let index):
                    guard tokens.tags[index].kind != .variable else { return nil }
                    indices.append(index)
                }
            }
        }
        guard !indices.isEmpty else { return nil }
        seen.formUnion(indices)
        return indices.map { tokens.tags[$0] }
    }

    // MARK: Inlines

    private mutating func inlines(in parent: OpaquePointer, depth: Int) -> [MarkdownInline] {
        guard depth < Self.maximumDepth else {
            problems.append(origin(of: parent).problem("Markdown nested deeper than \(Self.maximumDepth)"))
            return []
        }
        var builder = SectionBuilder<MarkdownInline>(container: "block") { .section($0, $1) }
        for node in children(of: parent) {
            switch cmark_node_get_type(node) {
            case CMARK_NODE_TEXT: append(cmark_node_get_literal(node), to: &builder)
            case CMARK_NODE_SOFTBREAK: builder.append(.softBreak)
            case CMARK_NODE_LINEBREAK: builder.append(.lineBreak)
            case CMARK_NODE_CODE: builder.append(.code(literal(cmark_node_get_literal(node))))
            case CMARK_NODE_EMPH: builder.append(.emphasis(inlines(in: node, depth: depth + 1)))
            case CMARK_NODE_STRONG: builder.append(.strong(inlines(in: node, depth: depth + 1)))
            case CMARK_NODE_LINK: builder.append(link(node, depth: depth))
            default: refuse(node)
            }
        }
        return builder.finish(problems: &problems)
    }

    private mutating func link(_ node: OpaquePointer, depth: Int) -> MarkdownInline {
        let target = string(cmark_node_get_url(node))
        let written: String? =
            switch tokens.parts(of: target).first {
            case .text(let start): start
            case .tag: nil
            case nil: ""
            }
        if let written, !LinkText.isLink(target, schemes: LinkText.writtenSchemes) {
            let start = written.prefix { $0 != ":" && $0 != "/" }
            problems.append(
                origin(of: node).problem(
                    "a link in a message begins with https://, http://, mailto:, tel: or a variable, not \"\(start)\""
                )
            )
        }
        return .link(
            target: literal(cmark_node_get_url(node)),
            title: literal(cmark_node_get_title(node)),
            label: inlines(in: node, depth: depth + 1)
        )
    }

    /// A text with no Markdown within: code, a link's target or title.
    private mutating func literal(_ text: UnsafePointer<CChar>?) -> [MarkdownInline] {
        var builder = SectionBuilder<MarkdownInline>(container: "block") { .section($0, $1) }
        append(text, to: &builder)
        return builder.finish(problems: &problems)
    }

    private mutating func append(_ text: UnsafePointer<CChar>?, to builder: inout SectionBuilder<MarkdownInline>) {
        for part in tokens.parts(of: string(text)) {
            switch part {
            case .text(let text): builder.append(.text(text))
            case .tag(let index):
                seen.insert(index)
                let tag = tokens.tags[index]
                switch tag.kind {
                case .variable: builder.append(.variable(tag))
                case .section, .inverted: builder.open(tag)
                case .close: builder.close(tag, problems: &problems)
                }
            }
        }
    }

    // MARK: libcmark

    private mutating func refuse(_ node: OpaquePointer) {
        let what =
            switch cmark_node_get_type(node) {
            case CMARK_NODE_HTML_BLOCK, CMARK_NODE_HTML_INLINE:
                "HTML in Markdown; an email.LOCALE.html.mustache beside the file can replace the HTML part"
            case CMARK_NODE_IMAGE: "an image; put it into _shared/layout.html.mustache"
            default: "Markdown that has no place in a message"
            }
        problems.append(origin(of: node).problem(what))
    }

    private func children(of node: OpaquePointer) -> [OpaquePointer] {
        Array(
            sequence(state: cmark_node_first_child(node)) { next -> OpaquePointer? in
                defer { next = next.flatMap { cmark_node_next($0) } }
                return next
            }
        )
    }

    /// libcmark gives lines to blocks; what stands in a block has its block's line.
    private func origin(of node: OpaquePointer) -> SourceLine {
        var node = node
        while cmark_node_get_start_line(node) == 0, let parent = cmark_node_parent(node) { node = parent }
        return source.origin(ofLine: Int(cmark_node_get_start_line(node)))
    }

    private func string(_ text: UnsafePointer<CChar>?) -> String {
        text.map { String(cString: $0) } ?? ""
    }
}

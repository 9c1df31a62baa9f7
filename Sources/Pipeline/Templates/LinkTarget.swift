/// Writes a link's target: a variable that it begins with is a whole address, any other one a part of it.
enum LinkTarget {
    /// - Parameter escape: `.link` for HTML, `.textLink` for the text part.
    static func nodes(_ target: [MarkdownInline], escape: Escape) -> [TemplateNode] {
        var isStart = true
        return nodes(target, escape: escape, isStart: &isStart).joined
    }

    private static func nodes(
        _ target: [MarkdownInline],
        escape: Escape,
        isStart: inout Bool
    ) -> [TemplateNode] {
        var nodes: [TemplateNode] = []
        for inline in target {
            switch inline {
            case .text(let text):
                nodes.append(.text(escape.apply(text)))
                isStart = false
            case .variable(let tag):
                nodes.append(.variable(TemplateVariable(tag, isStart ? escape : .linkPart)))
                isStart = false
            case .section(let tag, let content):
                nodes.append(
                    .section(TemplateSection(tag), Self.nodes(content, escape: escape, isStart: &isStart))
                )
            case .softBreak, .lineBreak, .code, .emphasis, .strong, .link: break
            }
        }
        return nodes
    }
}

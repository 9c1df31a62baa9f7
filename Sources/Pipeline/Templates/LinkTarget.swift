/// Writes a link's target: a variable that it begins with is a whole address, one behind `mailto:` or `tel:` an address
/// there, any other one a part.
enum LinkTarget {
    /// - Parameter escape: `.link` for HTML, `.textLink` for the text part.
    static func nodes(_ target: [MarkdownInline], escape: Escape) -> [TemplateNode] {
        var place = LinkPlace.start
        return nodes(target, escape: escape, place: &place).joined
    }

    private static func nodes(
        _ target: [MarkdownInline],
        escape: Escape,
        place: inout LinkPlace
    ) -> [TemplateNode] {
        var nodes: [TemplateNode] = []
        // The section that was just written. Its other half, right behind it, begins where it began: one of them is shown.
        var before: (tag: TemplateTag, start: LinkPlace)?
        for inline in target {
            switch inline {
            case .text(let text):
                nodes.append(.text(escape.apply(text)))
                place.read(text)
                before = nil
            case .variable(let tag):
                nodes.append(.variable(TemplateVariable(tag, place.placeVariable(whole: escape))))
                before = nil
            case .section(let tag, let content):
                let here = place
                let isSecond = before.map { tag.isOtherHalf(of: $0.tag) } ?? false
                if isSecond, let before { place = before.start }
                nodes.append(.section(TemplateSection(tag), Self.nodes(content, escape: escape, place: &place)))
                if isSecond { place = place.joined(with: here) }
                before = isSecond ? nil : (tag: tag, start: here)
            case .softBreak, .lineBreak, .code, .emphasis, .strong, .link: break
            }
        }
        return nodes
    }
}

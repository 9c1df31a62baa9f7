/// Compiles written HTML (the layout, an overriding HTML part): each value gets the escape of its place.
enum HTMLTemplateParser {
    static func parse(
        _ source: TemplateText,
        inserting insertions: Insertions = Insertions(),
        problems: inout [CatalogueProblem]
    ) -> [TemplateNode] {
        let pieces = PlainTemplateParser.standaloneLinesRemoved(TagScanner.scan(source, problems: &problems))
        var builder = SectionBuilder<TemplateNode>(container: "file") { .section(TemplateSection($0), $1) }
        var places = HTMLPlaces()
        var open: [SectionPlaces] = []
        // The section that was just closed, while nothing stands behind it.
        var closed: SectionPlaces?
        for piece in pieces {
            switch piece {
            case .text(let text):
                if !text.isEmpty { closed = nil }
                places.read(text)
                builder.append(.text(text))
            case .comment, .partial: break
            case .tag(let tag):
                switch tag.kind {
                case .variable:
                    closed = nil
                    for node in variable(tag, in: &places, insertions, problems: &problems) { builder.append(node) }
                case .section, .inverted:
                    open.append(SectionPlaces(tag, behind: closed, at: &places))
                    closed = nil
                    builder.open(tag)
                case .close:
                    closed = open.popLast()
                    if let section = closed, !section.close(at: &places) {
                        let message = "\(tag.text) closes in another place of the HTML than its section opened in"
                        problems.append(tag.source.problem(message))
                    }
                    builder.close(tag, problems: &problems)
                }
            }
        }
        return insertions.resolved(builder.finish(problems: &problems)).joined
    }

    private static func variable(
        _ tag: TemplateTag,
        in places: inout HTMLPlaces,
        _ insertions: Insertions,
        problems: inout [CatalogueProblem]
    ) -> [TemplateNode] {
        if tag.name == Insertions.content, let content = insertions.content {
            if !places.isText { problems.append(tag.source.problem("{{content}} stands between elements")) }
            return content
        }
        switch places.placeVariable() {
        case .failure(let refusal):
            problems.append(tag.source.problem(refusal.message))
            return []
        case .success(let escape):
            guard let inserted = insertions.texts[tag.name] else {
                return [.variable(TemplateVariable(tag, escape))]
            }
            if escape != .html { problems.append(tag.source.problem("\(tag.text) in a link")) }
            return inserted.placed(in: .html)
        }
    }
}

/// Where in the HTML a section stands.
private struct SectionPlaces {
    private let tag: TemplateTag
    private let start: HTMLPlaces
    /// Where its first half ended, when this is the second.
    private let otherEnd: HTMLPlaces?

    /// - Parameter previous: the section that ends right before it. If that is its other half, they begin in one place.
    init(_ tag: TemplateTag, behind previous: SectionPlaces?, at places: inout HTMLPlaces) {
        self.tag = tag
        if let previous, previous.otherEnd == nil, tag.isOtherHalf(of: previous.tag) {
            otherEnd = places
            places = previous.start
        } else {
            otherEnd = nil
        }
        start = places
    }

    /// - Returns: false where it ends in another place than it began in.
    func close(at places: inout HTMLPlaces) -> Bool {
        let isSame = places.isSamePlace(as: start)
        if let otherEnd { places.join(otherEnd) }
        return isSame
    }
}

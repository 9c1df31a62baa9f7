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
        var opened: [HTMLPlaces] = []
        for piece in pieces {
            switch piece {
            case .text(let text):
                places.read(text)
                builder.append(.text(text))
            case .comment, .partial: break
            case .tag(let tag):
                switch tag.kind {
                case .variable:
                    for node in variable(tag, in: &places, insertions, problems: &problems) { builder.append(node) }
                case .section, .inverted:
                    opened.append(places)
                    builder.open(tag)
                case .close:
                    if let opening = opened.popLast(), !places.isSamePlace(as: opening) {
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

/// What a layout's own tags stand for: they are replaced when it is compiled, so that a message is rendered once.
struct Insertions {
    static let content = "content"

    /// `{{content}}`: the compiled body, whose values are escaped already. Nil in a file that is no layout.
    var content: [TemplateNode]?
    /// One-line texts by name: `subject`, `preheader`, `lang` (also `locale`); an absent preheader is empty.
    var texts: [String: [TemplateNode]] = [:]

    /// Sections of the inserted names are decided here: `{{#preheader}}` stays only where there is one.
    func resolved(_ nodes: [TemplateNode]) -> [TemplateNode] {
        guard content != nil else { return nodes }
        return nodes.flatMap { node -> [TemplateNode] in
            guard case .section(let section, let inner) = node else { return [node] }
            guard let inserted = texts[section.name.text] else { return [.section(section, resolved(inner))] }
            return inserted.isEmpty == section.isInverted ? resolved(inner) : []
        }
    }
}

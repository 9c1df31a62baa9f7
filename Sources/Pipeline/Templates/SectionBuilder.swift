/// Nests what is appended in order between the opening and the closing tags of sections.
struct SectionBuilder<Node> {
    private struct Level {
        var tag: TemplateTag?
        var nodes: [Node]
    }

    private var levels = [Level(tag: nil, nodes: [])]
    private let wrap: (TemplateTag, [Node]) -> Node
    /// What a section must end in: "block", "file".
    private let container: String

    init(container: String, wrap: @escaping (TemplateTag, [Node]) -> Node) {
        self.container = container
        self.wrap = wrap
    }

    mutating func append(_ node: Node) {
        levels[levels.count - 1].nodes.append(node)
    }

    mutating func open(_ tag: TemplateTag) {
        levels.append(Level(tag: tag, nodes: []))
    }

    mutating func close(_ tag: TemplateTag, problems: inout [CatalogueProblem]) {
        guard let level = levels.last, let opening = level.tag else {
            problems.append(
                tag.source.problem("\(tag.text) closes nothing that was opened in this \(container)\(advice)")
            )
            return
        }
        guard opening.name == tag.name else {
            problems.append(tag.source.problem("\(tag.text) where \(opening.text) is to be closed first"))
            return
        }
        levels.removeLast()
        append(wrap(opening, level.nodes))
    }

    /// All nodes; a section left open is a problem, and what it holds is kept.
    mutating func finish(problems: inout [CatalogueProblem]) -> [Node] {
        while levels.count > 1, let level = levels.popLast() {
            if let tag = level.tag {
                problems.append(
                    tag.source.problem("\(tag.text) is not closed in the \(container) it stands in\(advice)")
                )
            }
            for node in level.nodes { append(node) }
        }
        return levels[0].nodes
    }

    private var advice: String {
        container == "block"
            ? "; a section stands within one block, or alone between blank lines around whole blocks" : ""
    }
}

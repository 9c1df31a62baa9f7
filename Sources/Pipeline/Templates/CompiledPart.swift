import Mustache

/// One part of a message (subject, HTML, text, SMS), compiled: rendered as often as wanted, by any thread.
struct CompiledPart: Sendable {
    let nodes: [TemplateNode]
    private let template: MustacheTemplate

    init(_ nodes: [TemplateNode]) throws {
        self.nodes = nodes
        template = try MustacheWriter.template(nodes)
    }

    /// - Precondition: `TemplateInspection` found nothing wrong with `scope`.
    func render(_ scope: TemplateScope) -> String {
        template.render(scope)
    }

    /// Compiles, and says in which file it failed.
    static func compile(_ nodes: [TemplateNode], file: String, problems: inout [CatalogueProblem]) -> CompiledPart? {
        do {
            return try CompiledPart(nodes)
        } catch is MustacheWriter.AmbiguousBraces {
            let message = "a literal { stands where it would join a tag; write &#123; in HTML, or leave a blank"
            problems.append(CatalogueProblem(file: file, message: message))
        } catch {
            problems.append(CatalogueProblem(file: file, message: "swift-mustache refuses it: \(error)"))
        }
        return nil
    }
}

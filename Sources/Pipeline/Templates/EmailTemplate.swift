/// An email of one type in one locale, compiled.
struct EmailTemplate: Sendable {
    var subject: [TemplateNode]
    var html: [TemplateNode]
    var text: [TemplateNode]

    var parts: [[TemplateNode]] { [subject, html, text] }
}

/// Compiles an email's Markdown, with the layouts around it, into its three parts.
struct EmailCompiler {
    var locale: String
    var body: SourceFile
    /// `email.LOCALE.html.mustache`: the whole HTML part, without the layout.
    var htmlOverride: SourceFile?
    var shared: SharedFiles

    /// The template and the files it was made from; nil where there are problems.
    func compile(problems: inout [CatalogueProblem]) -> (EmailTemplate, [SourceFile])? {
        var found: [CatalogueProblem] = []
        defer { problems += found }
        guard let text = body.text(problems: &found),
            let matter = FrontMatter.parse(text, file: body.name, problems: &found)
        else { return nil }
        var partials = PartialExpander(suffixes: [".\(locale).md", ".md"], partials: shared.partials)
        let subject = PlainTemplateParser.parse(matter.subject, escape: .line, problems: &found)
        let preheader = matter.preheader.map { PlainTemplateParser.parse($0, escape: .line, problems: &found) }
        let blocks = MarkdownParser.parse(partials.expand(matter.body, problems: &found), problems: &found)
        let insertions = [
            "subject": subject, "preheader": preheader ?? [],
            "lang": [.text(locale)], "locale": [.text(locale)],
        ]
        var sources = [body] + partials.used
        let html = html(MarkdownHTML.render(blocks), insertions, &sources, problems: &found)
        let plain = plain(MarkdownText.render(blocks), insertions, &sources, problems: &found)
        guard let html, let plain, found.isEmpty else { return nil }
        return (EmailTemplate(subject: subject, html: html, text: plain), sources)
    }

    private func html(
        _ content: [TemplateNode],
        _ texts: [String: [TemplateNode]],
        _ sources: inout [SourceFile],
        problems: inout [CatalogueProblem]
    ) -> [TemplateNode]? {
        guard let file = htmlOverride ?? shared.htmlLayout, let written = file.text(problems: &problems) else {
            return htmlOverride == nil && shared.htmlLayout == nil ? content : nil
        }
        var partials = PartialExpander(
            suffixes: [".\(locale).html.mustache", ".html.mustache"],
            partials: shared.partials
        )
        let source = partials.expand(TemplateText(written, file: file.name), problems: &problems)
        sources += [file] + partials.used
        let insertions = Insertions(content: content, texts: texts)
        let nodes = HTMLTemplateParser.parse(source, inserting: insertions, problems: &problems)
        if htmlOverride == nil { requireContent(in: source, of: file, problems: &problems) }
        return nodes
    }

    private func plain(
        _ content: [TemplateNode],
        _ texts: [String: [TemplateNode]],
        _ sources: inout [SourceFile],
        problems: inout [CatalogueProblem]
    ) -> [TemplateNode]? {
        guard let file = shared.textLayout else { return content }
        guard let written = file.text(problems: &problems) else { return nil }
        var partials = PartialExpander(
            suffixes: [".\(locale).txt.mustache", ".txt.mustache"],
            partials: shared.partials
        )
        let source = partials.expand(TemplateText(written, file: file.name), problems: &problems)
        sources += [file] + partials.used
        requireContent(in: source, of: file, problems: &problems)
        let nodes = PlainTemplateParser.parse(source, escape: .plain, problems: &problems)
        let insertions = Insertions(content: content, texts: texts)
        return insertions.resolved(nodes.inserting(insertions)).joined
    }

    private func requireContent(in source: TemplateText, of file: SourceFile, problems: inout [CatalogueProblem]) {
        var ignored: [CatalogueProblem] = []
        let hasContent = TagScanner.scan(source, problems: &ignored).contains { piece in
            if case .tag(let tag) = piece { tag.kind == .variable && tag.name == Insertions.content } else { false }
        }
        if !hasContent { problems.append(CatalogueProblem(file: file.name, message: "a layout needs {{content}}")) }
    }
}

extension [TemplateNode] {
    /// A text layout with its own tags replaced.
    fileprivate func inserting(_ insertions: Insertions) -> [TemplateNode] {
        flatMap { node -> [TemplateNode] in
            switch node {
            case .text: return [node]
            case .variable(let variable):
                if variable.name.text == Insertions.content { return insertions.content ?? [] }
                return insertions.texts[variable.name.text]?.placed(in: .plain) ?? [node]
            case .section(let section, let content): return [.section(section, content.inserting(insertions))]
            }
        }
    }
}

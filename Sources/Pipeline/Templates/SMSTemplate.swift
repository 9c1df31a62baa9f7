/// An SMS of one type in one locale, compiled.
struct SMSTemplate: Sendable {
    var text: [TemplateNode]
}

/// Compiles an SMS.
struct SMSCompiler {
    var locale: String
    var file: SourceFile
    var shared: SharedFiles

    /// The template and the files it was made from; nil where there are problems.
    func compile(problems: inout [CatalogueProblem]) -> (SMSTemplate, [SourceFile])? {
        var found: [CatalogueProblem] = []
        defer { problems += found }
        guard var text = file.text(problems: &found) else { return nil }
        while text.hasSuffix("\n") { text.removeLast() }
        guard !text.isEmpty else {
            found.append(CatalogueProblem(file: file.name, message: "an SMS without text"))
            return nil
        }
        var partials = PartialExpander(suffixes: [".\(locale).txt", ".txt"], partials: shared.partials)
        let source = partials.expand(TemplateText(text, file: file.name), problems: &found)
        let nodes = PlainTemplateParser.parse(source, escape: .sms, problems: &found)
        guard found.isEmpty else { return nil }
        return (SMSTemplate(text: nodes), [file] + partials.used)
    }
}

/// What stands above an email's body: `subject` and `preheader` between two lines of `---`.
struct FrontMatter {
    var subject: TemplateText
    var preheader: TemplateText?
    var body: TemplateText

    /// Nil, with a problem, where the file has no front matter that can be used.
    static func parse(_ text: String, file: String, problems: inout [CatalogueProblem]) -> FrontMatter? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else {
            let message = "begins with front matter: a line ---, then subject: and preheader:, then a line ---"
            problems.append(CatalogueProblem(file: file, line: 1, message: message))
            return nil
        }
        var reader = YAMLReader(
            file: file,
            text: lines[1..<end].joined(separator: "\n"),
            firstLine: 2
        )
        let mapping = reader.mapping(keys: ["subject", "preheader"], required: ["subject"])
        let subject = mapping.flatMap { line("subject", in: $0, &reader) }
        let preheader = mapping.flatMap { line("preheader", in: $0, &reader) }
        problems += reader.problems
        guard let subject else { return nil }
        let body = lines[(end + 1)...].joined(separator: "\n")
        return FrontMatter(
            subject: subject,
            preheader: preheader,
            body: TemplateText(body, file: file, firstLine: end + 2)
        )
    }

    private static func line(_ key: String, in mapping: YAMLReader.Mapping, _ reader: inout YAMLReader) -> TemplateText?
    {
        guard let entry = mapping[key], let text = reader.string(entry) else { return nil }
        guard !text.contains("\n"), !text.isEmpty else {
            reader.report("\(key) is one line of text", at: entry.line)
            return nil
        }
        return TemplateText(text, file: entry.file, firstLine: entry.line)
    }
}

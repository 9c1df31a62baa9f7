/// Puts partials (`{{> name}}`, files of `_shared/partials`) into a template as text, before anything else is read.
struct PartialExpander {
    /// Where a partial of a name is looked for, in this order: `footer.de.md`, then `footer.md`.
    var suffixes: [String]
    /// Files of `_shared/partials` by name.
    var partials: [String: SourceFile]
    /// The partials that were used, for the template's version.
    private(set) var used: [SourceFile] = []

    /// So that nested partials cannot grow a template without limit.
    static let maximumSize = 256 << 10

    init(suffixes: [String], partials: [String: SourceFile]) {
        self.suffixes = suffixes
        self.partials = partials
    }

    mutating func expand(_ source: TemplateText, problems: inout [CatalogueProblem]) -> TemplateText {
        expand(source, within: [], problems: &problems)
    }

    private mutating func expand(
        _ source: TemplateText,
        within open: [String],
        problems: inout [CatalogueProblem]
    ) -> TemplateText {
        var ignored: [CatalogueProblem] = []
        var expanded = source.part(0..<0)
        var done = 0
        // Problems of other tags are found again, and reported, when the whole is scanned.
        for case .partial(let name, let origin, let range) in TagScanner.scan(source, problems: &ignored) {
            expanded.append(source.part(done..<range.lowerBound))
            done = range.upperBound
            if let partial = content(of: name, at: origin, within: open, problems: &problems) {
                expanded.append(partial)
            }
            if expanded.text.utf8.count > Self.maximumSize {
                problems.append(origin.problem("more than 256 KiB with its partials"))
                return expanded
            }
        }
        guard done > 0 else { return source }
        expanded.append(source.part(done..<source.text.utf8.count))
        return expanded
    }

    private mutating func content(
        of name: String,
        at origin: SourceLine,
        within open: [String],
        problems: inout [CatalogueProblem]
    ) -> TemplateText? {
        guard !open.contains(name) else {
            problems.append(origin.problem("the partial \(name) contains itself"))
            return nil
        }
        guard let suffix = suffixes.first(where: { partials[name + $0] != nil }), let file = partials[name + suffix]
        else {
            let expected = suffixes.map { name + $0 }.joined(separator: " or ")
            let known = NearestName.hint(for: name, among: partials.keys.map { String($0.prefix { $0 != "." }) })
            problems.append(origin.problem("no \(expected) in _shared/partials\(known)"))
            return nil
        }
        guard let text = file.text(problems: &problems) else { return nil }
        if !used.contains(file) { used.append(file) }
        var lines = text
        while lines.hasSuffix("\n") { lines.removeLast() }
        return expand(TemplateText(lines, file: file.name), within: open + [name], problems: &problems)
    }
}

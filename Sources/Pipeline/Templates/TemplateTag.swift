/// The line of a catalogue's file on which something stands.
struct SourceLine: Sendable, Equatable {
    var file: String
    /// Counted from 1.
    var line: Int

    func problem(_ message: String) -> CatalogueProblem {
        CatalogueProblem(file: file, line: line, message: message)
    }
}

/// One mustache tag that has a meaning in a compiled template.
struct TemplateTag: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// `{{name}}`
        case variable
        /// `{{#name}}`
        case section
        /// `{{^name}}`
        case inverted
        /// `{{/name}}`
        case close
    }

    var kind: Kind
    /// Letters, digits, `_` and `-`, parts joined by dots; or `.` alone, a list's present element.
    var name: String
    var source: SourceLine

    /// As its author wrote it, without blanks.
    var text: String {
        switch kind {
        case .variable: "{{\(name)}}"
        case .section: "{{#\(name)}}"
        case .inverted: "{{^\(name)}}"
        case .close: "{{/\(name)}}"
        }
    }

    /// Whether it opens the other half of that tag's section: `{{^name}}` of `{{#name}}`, or the other way round. Of two
    /// halves in one place exactly one is shown.
    func isOtherHalf(of tag: TemplateTag) -> Bool {
        switch (kind, tag.kind) {
        case (.section, .inverted), (.inverted, .section): name == tag.name
        default: false
        }
    }
}

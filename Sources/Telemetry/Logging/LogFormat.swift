/// The two forms of a log line, and the choice between them.
public enum LogFormat: String, Sendable, CaseIterable {
    case json
    /// For people.
    case text
    /// `text` on a terminal, else `json`.
    case auto
}

/// How lines go to one particular output.
public struct LogStyle: Sendable, Equatable {
    public enum Form: Sendable, Equatable {
        case json
        case text(colours: Bool)
    }

    public var form: Form
    /// Each line begins with `<N>`, the syslog priority that the journal reads (sd-daemon(3)).
    public var hasPriorities: Bool

    public init(form: Form, hasPriorities: Bool = false) {
        self.form = form
        self.hasPriorities = hasPriorities
    }

    /// What `format` means for `output`: colours on a terminal unless `NO_COLOR` is set or `TERM` is `dumb`, priorities
    /// where `JOURNAL_STREAM` says that this output is the journal.
    public init(_ format: LogFormat, output: OutputKind, environment: [String: String]) {
        let isText = format == .text || (format == .auto && output.isTerminal)
        let isPlain = !environment["NO_COLOR", default: ""].isEmpty || environment["TERM"] == "dumb"
        form = isText ? .text(colours: output.isTerminal && !isPlain) : .json
        hasPriorities = output.isJournal(environment["JOURNAL_STREAM"])
    }
}

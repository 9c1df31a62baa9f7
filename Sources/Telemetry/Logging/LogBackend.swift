import Logging
import Tracing

/// Everything that the process's loggers share: form, levels and the writer of standard output.
public final class LogBackend: Sendable {
    private let service: String
    private let style: LogStyle
    private let levels: LiveLogLevels
    private let writer: LineWriter
    /// Nanoseconds since 1970, UTC.
    private let now: @Sendable () -> UInt64

    public init(
        service: String,
        style: LogStyle,
        levels: LogLevels = LogLevels(),
        writer: LineWriter,
        now: @escaping @Sendable () -> UInt64 = { DefaultTracerClock.now.nanosecondsSinceEpoch }
    ) {
        self.service = service
        self.style = style
        self.levels = LiveLogLevels(levels)
        self.writer = writer
        self.now = now
    }

    /// A logger of one component: its name is the line's `component` and what `LogLevels` goes by.
    public func logger(_ component: String, provider: Logger.MetadataProvider? = .currentSpan) -> Logger {
        Logger(label: component) { handler($0, provider: provider) }
    }

    /// For `LoggingSystem.bootstrap`, where libraries make their own loggers.
    public func handler(_ label: String, provider: Logger.MetadataProvider? = .currentSpan) -> LineLogHandler {
        LineLogHandler(component: label, backend: self, shared: levels.component(label), provider: provider)
    }

    /// The levels in force; setting them changes all loggers at once.
    public var logLevels: LogLevels {
        get { levels.current }
        set { levels.set(newValue) }
    }

    /// Lines that never reached the output.
    public var lostLines: UInt64 { writer.lostLines }

    func write(level: Logger.Level, message: String, fields: [LogField]) {
        writer.append(line(level: level, message: message, fields: fields)) { lost in
            let gap = [LogField("component", "log"), LogField("lines", .stringConvertible(lost))]
            return line(level: .error, message: "log lines lost", fields: gap)
        }
    }

    private func line(level: Logger.Level, message: String, fields: [LogField]) -> [UInt8] {
        let record = LogRecord(
            time: now(),
            level: level,
            message: message,
            service: service,
            fields: fields
        )
        var line: [UInt8] = []
        line.reserveCapacity(512)
        if style.hasPriorities { line.append(utf8: level.syslogPriority) }
        switch style.form {
        case .json: JSONLine.append(record, to: &line)
        case .text(let colours): TextLine.append(record, colours: colours, to: &line)
        }
        return line
    }
}

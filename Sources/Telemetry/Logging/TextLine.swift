import Logging

/// A log record as a person reads it in a terminal: time, level, message, then the fields that matter, the most telling
/// first.
///
/// `15:36:01.123Z INFO  notification sent       pipeline payment.completed email pay-4711 smtp 84ms`
///
/// What names itself stands without its key. Left out is what the message says already and what only machines follow;
/// the JSON form has all of it.
enum TextLine {
    /// "notification suppressed" is the longest of the lines that come most.
    private static let messageWidth = 23

    /// In their places before all other fields, without their keys.
    private static let bare = ["component", "event_type", "channel", "event_id", "provider"]

    private static let hidden: Set<String> = [
        "outcome", "recipient_id", "queue_ms", "trace_id", "span_id", "trace_flags",
    ]

    /// After the others, since they may be long.
    private static let last = ["error_code", "error"]

    static func append(_ record: LogRecord, colours: Bool, to line: inout [UInt8]) {
        let style = Style(isOn: colours)
        style.dimmed(to: &line) { LogTimestamp.appendTime(record.time, digits: 3, to: &$0) }
        line.append(UInt8(ascii: " "))
        style.level(record.level, to: &line)
        let message = TextEscaping.escaped(record.message)
        line.append(utf8: message)
        let fields = record.fields.filter { isShown($0) }
        guard !fields.isEmpty else { return line.append(UInt8(ascii: "\n")) }
        for _ in message.unicodeScalars.count..<max(Self.messageWidth, message.unicodeScalars.count) {
            line.append(UInt8(ascii: " "))
        }
        for key in bare {
            guard let field = fields.first(where: { $0.key == key }) else { continue }
            line.append(UInt8(ascii: " "))
            let value = quoted(text(LogValue(field.value)))
            if key == "component" {
                style.dimmed(to: &line) { $0.append(utf8: value) }
            } else {
                line.append(utf8: value)
            }
        }
        if let duration = fields.first(where: { $0.key == "duration_ms" }) {
            line.append(utf8: " " + wholeMilliseconds(text(LogValue(duration.value))) + "ms")
        }
        for field in fields where !bare.contains(field.key) && !last.contains(field.key) && field.key != "duration_ms" {
            append(field, style, to: &line)
        }
        for field in fields where last.contains(field.key) { append(field, style, to: &line) }
        line.append(UInt8(ascii: "\n"))
    }

    private static func append(_ field: LogField, _ style: Style, to line: inout [UInt8]) {
        line.append(UInt8(ascii: " "))
        style.dimmed(to: &line) { $0.append(utf8: TextEscaping.escaped(field.key) + "=") }
        line.append(utf8: quoted(text(LogValue(field.value))))
    }

    /// A first attempt is the usual case.
    private static func isShown(_ field: LogField) -> Bool {
        if field.key == "attempt" { return !["0", "1"].contains(text(LogValue(field.value))) }
        return !hidden.contains(field.key)
    }

    private static func wholeMilliseconds(_ text: String) -> String {
        guard let value = Double(text), value >= 10, value < 1e15 else { return text }
        return String(Int(value.rounded()))
    }

    private static func text(_ value: LogValue) -> String {
        switch value {
        case .text(let text), .number(let text): text
        case .boolean(let flag): flag ? "true" : "false"
        case .list(let values): values.map { text(LogValue($0)) }.joined(separator: ",")
        case .object(let values):
            values.sorted { $0.key < $1.key }.map { "\($0.key):\(text(LogValue($0.value)))" }.joined(separator: ",")
        }
    }

    /// In quotes where a space, a quote or an equals sign would blur where the value ends.
    private static func quoted(_ value: String) -> String {
        let escaped = TextEscaping.escaped(value)
        let needsQuotes = escaped.isEmpty || escaped.utf8.contains { $0 == 0x20 || $0 == 0x22 || $0 == 0x3D }
        guard needsQuotes else { return escaped }
        return "\"" + escaped.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
    }

    /// ANSI colours (ECMA-48 SGR), or none.
    private struct Style {
        let isOn: Bool

        func dimmed(to line: inout [UInt8], _ body: (inout [UInt8]) -> Void) {
            if isOn { line.append(utf8: "\u{1B}[2m") }
            body(&line)
            if isOn { line.append(utf8: "\u{1B}[0m") }
        }

        /// Five columns wide and one between, so that the messages line up under each other.
        func level(_ level: Logger.Level, to line: inout [UInt8]) {
            let (name, colour) =
                switch level {
                case .trace: ("TRACE", "\u{1B}[2m")
                case .debug: ("DEBUG", "\u{1B}[2m")
                case .info: ("INFO ", "\u{1B}[32m")
                case .notice: ("NOTE ", "\u{1B}[36m")
                case .warning: ("WARN ", "\u{1B}[33m")
                case .error: ("ERROR", "\u{1B}[1;31m")
                case .critical: ("CRIT ", "\u{1B}[1;31m")
                }
            line.append(utf8: isOn ? colour + name + "\u{1B}[0m " : name + " ")
        }
    }
}

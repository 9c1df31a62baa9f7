import Logging

/// A log record as a person reads it: time, level, component, message, then `key=value`.
enum TextLine {
    static func append(_ record: LogRecord, colours: Bool, to line: inout [UInt8]) {
        let style = Style(isOn: colours)
        style.dimmed(to: &line) { LogTimestamp.append(record.time, digits: 3, to: &$0) }
        line.append(UInt8(ascii: " "))
        style.level(record.level, to: &line)
        var fields = record.fields[...]
        if let first = fields.first, first.key == "component" {
            fields = fields.dropFirst()
            line.append(utf8: " [\(TextEscaping.escaped(text(LogValue(first.value))))]")
        }
        line.append(UInt8(ascii: " "))
        line.append(utf8: TextEscaping.escaped(record.message))
        for field in fields {
            line.append(UInt8(ascii: " "))
            style.dimmed(to: &line) { $0.append(utf8: TextEscaping.escaped(field.key) + "=") }
            line.append(utf8: quoted(text(LogValue(field.value))))
        }
        line.append(UInt8(ascii: "\n"))
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

        func level(_ level: Logger.Level, to line: inout [UInt8]) {
            let colour =
                switch level {
                case .trace, .debug: "\u{1B}[2m"
                case .info: "\u{1B}[32m"
                case .notice: "\u{1B}[36m"
                case .warning: "\u{1B}[33m"
                case .error, .critical: "\u{1B}[1;31m"
                }
            if isOn { line.append(utf8: colour) }
            let name = level.rawValue.uppercased()
            line.append(utf8: name)
            if isOn { line.append(utf8: "\u{1B}[0m") }
            // "CRITICAL" is the longest; the messages line up under each other.
            for _ in name.utf8.count..<8 { line.append(UInt8(ascii: " ")) }
        }
    }
}

import Logging

/// A log record as one JSON object on one line: the four fixed fields, then the others flat beside them.
enum JSONLine {
    /// Names that the line has already; metadata under them gets a trailing underscore.
    private static let taken: Set<String> = ["timestamp", "level", "message", "service"]

    static func append(_ record: LogRecord, to line: inout [UInt8]) {
        line.append(utf8: "{\"timestamp\":\"")
        LogTimestamp.append(record.time, digits: 6, to: &line)
        line.append(utf8: "\",\"level\":\"")
        line.append(utf8: record.level.rawValue)
        line.append(utf8: "\",\"message\":")
        appendString(record.message, to: &line)
        line.append(utf8: ",\"service\":")
        appendString(record.service, to: &line)
        for field in record.fields {
            line.append(UInt8(ascii: ","))
            appendString(taken.contains(field.key) ? field.key + "_" : field.key, to: &line)
            line.append(UInt8(ascii: ":"))
            appendValue(LogValue(field.value), to: &line)
        }
        line.append(utf8: "}\n")
    }

    private static func appendValue(_ value: LogValue, to line: inout [UInt8]) {
        switch value {
        case .text(let text): appendString(text, to: &line)
        case .number(let digits): line.append(utf8: digits)
        case .boolean(let flag): line.append(utf8: flag ? "true" : "false")
        case .list(let values):
            line.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                appendValue(LogValue(value), to: &line)
            }
            line.append(UInt8(ascii: "]"))
        case .object(let values):
            line.append(UInt8(ascii: "{"))
            for (index, field) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                appendString(field.key, to: &line)
                line.append(UInt8(ascii: ":"))
                appendValue(LogValue(field.value), to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
    }

    /// RFC 8259 §7; what would harm a terminal is escaped too, since people read these lines there.
    static func appendString(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
        if isPlain {
            line.append(utf8: text)
        } else {
            for scalar in text.unicodeScalars { appendScalar(scalar, to: &line) }
        }
        line.append(UInt8(ascii: "\""))
    }

    private static func appendScalar(_ scalar: Unicode.Scalar, to line: inout [UInt8]) {
        switch scalar {
        case "\"": line.append(utf8: "\\\"")
        case "\\": line.append(utf8: "\\\\")
        case "\n": line.append(utf8: "\\n")
        case "\r": line.append(utf8: "\\r")
        case "\t": line.append(utf8: "\\t")
        case _ where TextEscaping.isHarmful(scalar):
            let digits = String(scalar.value, radix: 16)
            line.append(utf8: "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
        default: line.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }
}

extension [UInt8] {
    mutating func append(utf8 text: String) {
        append(contentsOf: text.utf8)
    }
}

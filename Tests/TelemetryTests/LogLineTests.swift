import Foundation
import Logging
import Testing

@testable import Telemetry

@Suite struct LogLineTests {
    /// 2026-11-22T15:36:01.123456Z.
    private static let time: UInt64 = 1_795_361_761_123_456_789

    private func record(_ message: String, _ fields: Logger.Metadata = [:], level: Logger.Level = .info) -> LogRecord {
        LogRecord(
            time: Self.time,
            level: level,
            message: message,
            service: "notifications-service",
            fields: LogField.merged(fields)
        )
    }

    private func json(_ message: String, _ fields: Logger.Metadata = [:]) -> String {
        var line: [UInt8] = []
        JSONLine.append(record(message, fields), to: &line)
        return String(decoding: line, as: UTF8.self)
    }

    private func text(_ message: String, _ fields: Logger.Metadata = [:], colours: Bool = false) -> String {
        var line: [UInt8] = []
        TextLine.append(record(message, fields, level: .warning), colours: colours, to: &line)
        return String(decoding: line, as: UTF8.self)
    }

    private static let start =
        #"{"timestamp":"2026-11-22T15:36:01.123456Z","level":"info","message":"sent","service":"notifications-service""#

    @Test("a JSON line has the four fixed fields, then the contract's in its order, then others by name")
    func order() {
        let fields: Logger.Metadata = [
            "zeta": "z", "error": "none", "trace_id": "4b", "event_id": "pay-1", "alpha": "a", "channel": "email",
            "component": "pipeline", "duration_ms": .stringConvertible(12.5), "attempt": .stringConvertible(1),
        ]
        #expect(
            json("sent", fields) == Self.start
                + #","component":"pipeline","event_id":"pay-1","channel":"email","attempt":1,"duration_ms":12.5,"#
                + #""trace_id":"4b","error":"none","alpha":"a","zeta":"z"}"# + "\n"
        )
    }

    @Test("numbers and booleans stay what they are, text that looks like them stays text")
    func types() {
        let fields: Logger.Metadata = [
            "a": .stringConvertible(-3), "b": .stringConvertible(UInt64.max), "c": .stringConvertible(true),
            "d": .stringConvertible(0.1), "e": "7", "f": .stringConvertible(Double.nan),
            "g": .stringConvertible(Int32(5)), "h": .array([.stringConvertible(1), "x"]),
            "i": .dictionary(["k": .stringConvertible(false)]), "j": .stringConvertible(Float(1.5)),
        ]
        #expect(
            json("sent", fields) == Self.start
                + #","a":-3,"b":18446744073709551615,"c":true,"d":0.1,"e":"7","f":"nan","g":5,"h":[1,"x"],"#
                + #""i":{"k":false},"j":1.5}"# + "\n"
        )
    }

    @Test("whatever the text holds, the line is one line, one object, and says the same after parsing")
    func escaping() throws {
        let nasty = "a\"b\\c\nd\re\tf\u{0}g\u{1B}[2Jh\u{7F}i\u{85}j\u{202E}k\u{2028}l😀m\u{FEFF}n/äö"
        let line = json(nasty, ["key\n": .string(nasty)])
        #expect(line.utf8.count { $0 < 0x20 } == 1)
        #expect(!line.unicodeScalars.contains("\u{202E}"))
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
        )
        #expect(object["message"] == nasty)
        #expect(object["key\n"] == nasty)
    }

    @Test("metadata cannot replace a fixed field")
    func taken() {
        let line = json("sent", ["message": "x", "level": "y"])
        #expect(line == Self.start + #","level_":"y","message_":"x"}"# + "\n")
    }

    @Test("a text line is time, level, message, then the fields, those that may be long at its end")
    func textLine() {
        let fields: Logger.Metadata = [
            "component": "broker", "server": "127.0.0.1:5672", "attempt": .stringConvertible(2),
            "error": "no route = \"x\"",
            "empty": "",
        ]
        #expect(
            text("connection lost", fields)
                == "15:36:01.123Z WARN  connection lost         broker attempt=2 empty=\"\" server=127.0.0.1:5672 "
                + #"error="no route = \"x\"""# + "\n"
        )
    }

    @Test("a notification's line fits a hundred columns: names have no key, what machines follow is left out")
    func notificationLine() {
        let fields: Logger.Metadata = [
            "component": "pipeline", "event_id": "pay-4711", "event_type": "payment.completed", "channel": "email",
            "provider": "smtp", "attempt": .stringConvertible(1), "outcome": "sent", "recipient_id": "u1",
            "duration_ms": .stringConvertible(84.321), "queue_ms": .stringConvertible(3.5),
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7", "trace_flags": "01",
        ]
        let line = text("notification sent", fields)
        #expect(
            line == "15:36:01.123Z WARN  notification sent       pipeline payment.completed email pay-4711 smtp 84ms\n"
        )
        #expect(line.utf8.count <= 100)
    }

    @Test("a long message and one without fields end where they end")
    func messageWidth() {
        #expect(text("stopped") == "15:36:01.123Z WARN  stopped\n")
        let long = "uncertain notification was sent after all"
        #expect(text(long, ["component": "x"]) == "15:36:01.123Z WARN  \(long) x\n")
    }

    @Test("control and bidirectional characters are escaped in a text line, other scripts are not")
    func textEscaping() {
        #expect(
            text("a\u{1B}[31mb\u{202E}c\nd", ["k\u{7}": "ä\u{2066}世\t", "event_id": "x\u{1B}c\u{85}"])
                == "15:36:01.123Z WARN  a\\u{1b}[31mb\\u{202e}c\\nd x\\u{1b}c\\u{85} k\\u{7}=ä\\u{2066}世\\t\n"
        )
    }

    @Test("colours are in a text line only when asked for, and end before the line does")
    func colours() {
        let line = text("x", ["k": "v"], colours: true)
        #expect(line.contains("\u{1B}[33mWARN \u{1B}[0m x"))
        #expect(line.hasSuffix("\u{1B}[2mk=\u{1B}[0mv\n"))
    }
}

@Suite struct LogStyleTests {
    private let terminal = OutputKind(isTerminal: true, device: 1, inode: 2)
    private let pipe = OutputKind(isTerminal: false, device: 8, inode: 1234)

    @Test("auto is text on a terminal and JSON elsewhere; the others are what they say")
    func form() {
        #expect(LogStyle(.auto, output: terminal, environment: [:]).form == .text(colours: true))
        #expect(LogStyle(.auto, output: pipe, environment: [:]).form == .json)
        #expect(LogStyle(.json, output: terminal, environment: [:]).form == .json)
        #expect(LogStyle(.text, output: pipe, environment: [:]).form == .text(colours: false))
    }

    @Test("NO_COLOR and a dumb terminal have no colours, an empty NO_COLOR is none")
    func colours() {
        #expect(LogStyle(.auto, output: terminal, environment: ["NO_COLOR": "1"]).form == .text(colours: false))
        #expect(LogStyle(.auto, output: terminal, environment: ["TERM": "dumb"]).form == .text(colours: false))
        #expect(LogStyle(.auto, output: terminal, environment: ["NO_COLOR": ""]).form == .text(colours: true))
    }

    @Test("priorities are written only where JOURNAL_STREAM names this very output")
    func journal() {
        #expect(LogStyle(.json, output: pipe, environment: ["JOURNAL_STREAM": "8:1234"]).hasPriorities)
        for other in ["8:1235", "9:1234", "", "8", "8:1234:1", "x:y"] {
            #expect(!LogStyle(.json, output: pipe, environment: ["JOURNAL_STREAM": other]).hasPriorities)
        }
        #expect(!LogStyle(.json, output: pipe, environment: [:]).hasPriorities)
    }
}

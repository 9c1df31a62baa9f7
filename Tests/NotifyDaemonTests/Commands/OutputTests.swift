import FoundationEssentials
import Testing

@testable import NotifyDaemon

@Suite("Commands: what they print")
struct OutputTests {
    @Test("Cells, and values in JSON, are escaped")
    func escaping() throws {
        let table = TextTable(columns: ["A"], rows: [["x\u{1B}]0;t\u{7}\u{202E}y\nz"]])
        #expect(table.lines(width: nil)[1] == "x\\u{1B}]0;t\\u{7}\\u{202E}y\\nz")
        #expect(try JSONOutput.line(["k": "a\u{202E}b\u{E0001}\n/"]) == "{\"k\":\"a\\u202eb\\udb40\\udc01\\n/\"}")
    }

    @Test("Letters of any script and emoji stay as they are")
    func plainText() {
        for text in ["Söhne", "佐藤 花子", "€ ✓ 🎉", "O'Brien & <b>"] { #expect(PrintableText.escaped(text) == text) }
    }

    @Test("config prints a row for every key, - where there is no value, and null in JSON")
    func config() throws {
        let setting = EffectiveSetting(
            name: "email.from",
            environmentName: "NOTIFYD_EMAIL_FROM",
            value: nil,
            source: "default",
            isSet: false,
            meaning: "the sender"
        )
        #expect(ConfigCommand.table([setting]).lines(width: nil)[1] == "email.from  -      default")
        #expect(
            try JSONOutput.line(ConfigLine(setting))
                == #"{"environment":"NOTIFYD_EMAIL_FROM","key":"email.from","meaning":"the sender","source":"default","value":null}"#
        )
    }

    @Test("An audit row has the table's column names in JSON, and code and words of why in the table")
    func auditRow() throws {
        let time = Date(timeIntervalSince1970: 1_768_469_400)
        let row = AuditRow(
            id: "n1",
            eventID: "e1",
            eventType: "payment.completed",
            channel: "email",
            recipientID: "42",
            status: "failed",
            attempts: 2,
            provider: "smtp",
            providerMessageID: nil,
            addressMasked: "j***@example.com",
            locale: "de",
            errorCode: "smtp.550",
            error: "no such user",
            traceID: nil,
            receivedAt: time,
            sentAt: nil,
            updatedAt: time,
            resendCount: 0
        )
        let json = try JSONOutput.line(row)
        #expect(json.contains(#""event_id":"e1""#))
        #expect(json.contains(#""address_masked":"j***@example.com""#))
        #expect(json.contains(#""received_at":"2026-01-15T09:30:00.000Z""#))
        let line = AuditRow.table([row]).lines(width: nil)[1]
        #expect(line.hasSuffix("  2  e1     smtp.550: no such user"))
    }

    @Test("A masked body shows names and shape and no value")
    func maskedBody() {
        let body = #"{"b": [1, "x", null], "a": {"token": "hunter2"}, "c": true}"#
        #expect(MaskedBody.text(Array(body.utf8)) == #"{"a": {"token": "***"}, "b": ["***", "***", null], "c": "***"}"#)
        #expect(MaskedBody.text(Array("hunter2".utf8)) == "(7 bytes, not JSON)")
    }

    @Test("A check fails by its worst line: configuration before failure before absence; warnings are well")
    func checkReport() {
        var report = CheckReport(lines: [CheckLine("a", .ok, ""), CheckLine("b", .warning, "")])
        #expect(report.failure == nil)
        report.lines.append(CheckLine("smtp", .unreachable, ""))
        #expect(report.failure?.status == .unavailable)
        report.lines.append(CheckLine("twilio", .failed, ""))
        #expect(report.failure?.status == .failed)
        report.lines.append(CheckLine("catalogue", .misconfigured, ""))
        #expect(report.failure == CommandFailure(.configuration, "check: not all is well: see catalogue above"))
    }
}

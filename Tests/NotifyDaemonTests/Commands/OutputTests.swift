import FoundationEssentials
import Testing

@testable import NotificationLog
@testable import NotifyDaemon

@Suite("Commands: what they print")
struct OutputTests {
    private let time = Date(timeIntervalSince1970: 1_768_469_400)

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

    @Test("An audit row has every public column by its name in JSON, and code and words of why in the table")
    func auditRow() throws {
        let row = AuditRow(
            AuditEntry(
                id: UUID(),
                eventID: "e1",
                eventType: "payment.completed",
                dedupeKey: "paymentId:p1",
                channel: "email",
                recipientID: "42",
                status: "failed",
                attempts: 2,
                provider: "smtp",
                addressMasked: "j***@example.com",
                addressHash: "0a1b",
                templateVersion: "0123456789ab",
                contentSHA256: "2c3d",
                locale: "de",
                errorCode: "smtp.550",
                error: "no such user",
                receivedAt: time,
                claimedAt: time,
                createdAt: time,
                updatedAt: time,
                resendCount: 0
            )
        )
        let json = try JSONOutput.line(row)
        for member in [
            #""event_id":"e1""#, #""dedupe_key":"paymentId:p1""#, #""address_masked":"j***@example.com""#,
            #""address_hash":"0a1b""#, #""template_version":"0123456789ab""#, #""content_sha256":"2c3d""#,
            #""received_at":"2026-01-15T09:30:00.000Z""#, #""claimed_at":"2026-01-15T09:30:00.000Z""#,
            #""created_at":"2026-01-15T09:30:00.000Z""#, #""resend_count":0"#,
        ] {
            #expect(json.contains(member))
        }
        let line = AuditRow.table([row]).lines(width: nil)[1]
        #expect(line.hasSuffix("  2  e1     smtp.550: no such user"))
    }

    @Test("What a row of the log or of a list has no value for is null in JSON; only a list's body is left out")
    func nulls() throws {
        let row = AuditRow(
            AuditEntry(
                id: UUID(),
                eventID: "e1",
                eventType: "t",
                dedupeKey: "rejected:e1",
                channel: "none",
                status: "rejected",
                attempts: 0,
                receivedAt: time,
                createdAt: time,
                updatedAt: time,
                resendCount: 0
            )
        )
        let json = try JSONOutput.line(row)
        for name in [
            "recipient_id", "provider", "provider_message_id", "address_masked", "address_hash", "template_version",
            "content_sha256", "locale", "error_code", "error", "trace_id", "claimed_at", "sent_at",
        ] {
            #expect(json.contains("\"\(name)\":null"), "\(name)")
        }
        let letter = DeadLetterEntry(
            id: 1,
            eventType: "t",
            channel: "none",
            reason: "rejected",
            diedAt: time,
            message: StoredMessage(body: [], headers: "{}")
        )
        #expect(
            try JSONOutput.line(DeadLetterRow(letter))
                == #"{"channel":"none","died_at":"2026-01-15T09:30:00.000Z","error":null,"error_code":null,"#
                + #""event_id":null,"event_type":"t","id":1,"notification_id":null,"reason":"rejected","replayed_at":null}"#
        )
        let uncertain = UncertainEntry(
            notificationID: UUID(),
            eventID: "e1",
            eventType: "t",
            channel: "sms",
            attempts: 1,
            since: time
        )
        let line = try JSONOutput.line(UncertainRow(uncertain))
        for name in ["recipient_id", "address_masked", "provider", "error_code", "error"] {
            #expect(line.contains("\"\(name)\":null"), "\(name)")
        }
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

import DomainEvents
import FoundationEssentials

/// Messages as the broker may bring them: events of the built-in types, right, nearly right and wrong.
struct EventGenerator: Sendable {
    let types: [String]

    private let json = JSONGenerator(
        names: [
            "paymentId", "userId", "amount", "currency", "reason", "email", "phone", "name", "locale", "timezone",
            "preferredChannel", "resetUrl", "token", "expiresAt", "occurredAt", "eventId", "optOut", "id", "source",
            "type", "time", "specversion", "data", "data_base64", "note", "__proto__", "",
        ],
        values: [
            "null", "true", "false", "0", "-0", "1", "\"\"", "\"u1\"", "\"p1\"", "19.99", "\"19.99\"",
            "19.990000000001",
            "0.1", "1e17", "1e18", "1e-7", "\"1.005\"", "-1", "\"-0.0000001\"", "\"EUR\"", "\"eur\"", "\"JPY\"",
            "\"KWD\"",
            "\"XXX\"", "\"a@example.com\"", "\"ä@münchen.example\"", "\"a@b@c\"", "\"+4915112345678\"", "\"+1\"",
            "\"Ada Lovelace\"", "\"evil.example\"", "\"de-AT\"", "\"Europe/Berlin\"", "\"../../etc/passwd\"", "\"sms\"",
            "\"https://app.example.com/r?token=1\"", "\"http://app.example.com/\"", "\"https://a@b.example/\"",
            "\"https://[::1]:99999999/\"", "\"https:\\/\\/x\"", "\"2026-11-22T15:04:05Z\"", "\"9999-12-31T23:59:60Z\"",
            "\"0001-01-01T00:00:00+23:59\"", "\"2016-12-31T23:59:60Z\"", "\"2026-02-29T00:00:00Z\"", "[\"marketing\"]",
            "[1]", "{}", "[]", "18446744073709551615", "-9223372036854775808", "9223372036854775808.5",
            "123456789012345678901234567890123456789012345", "1e127", "1e128", "1e-127", "\"1.0\"", "\"2.0\"",
            "\"e30=\"",
        ]
    )
    private let mutator = ByteMutator(
        dictionary: [
            "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u0000", "\\ud800", "null", "true", "1e999", "\u{FEFF}", "//",
            "/*",
            "NaN", "Infinity", "0x1", "+1", "01", "1.", ".1", "'", "\"userId\":", "\"amount\":", ",,", "\u{0}",
        ]
    )

    func message(_ random: inout SeededRandom, type: String? = nil) -> IncomingMessage {
        let type = type ?? random.pick(types)
        var text = json.object(&random, base: Self.base(of: type))
        var contentType: String?
        switch random.below(10) {
        case 0:
            contentType = random.pick(["application/cloudevents+json", "Application/CloudEvents+JSON; charset=utf-8"])
            let envelope = [
                ("specversion", "\"1.0\""), ("id", "\"1\""), ("source", "\"/s\""), ("type", "\"t\""), ("data", text),
            ]
            text = json.object(&random, base: envelope)
        case 1: contentType = random.pick(["application/json", "application/cloudevents-batch+json", "", "text/plain"])
        default: break
        }
        var body = Array(text.utf8)
        if random.once(in: 3) { mutator.mutate(&body, &random, count: 1 + random.size(upTo: 6)) }
        if random.once(in: 200) { body = random.bytes(random.size(upTo: 400)) }
        return IncomingMessage(
            exchange: "domain-events",
            routingKey: type,
            body: body,
            bodySize: random.once(in: 100) ? random.pick([0, 1 << 20, 1 << 20 + 1, .max]) : nil,
            messageID: optional(&random),
            correlationID: optional(&random),
            contentType: contentType,
            type: optional(&random),
            timestamp: random.once(in: 4)
                ? Date(timeIntervalSince1970: random.pick([0, -1, 1_768_469_400, 1e12, 9.3e18, -9.3e18])) : nil,
            headers: headers(&random),
            redelivered: random.once(in: 2),
            receivedAt: Date(timeIntervalSince1970: 1_768_469_400)
        )
    }

    private func optional(_ random: inout SeededRandom) -> String? {
        switch random.below(6) {
        case 0, 1: nil
        case 2: TextGenerator.standard.text(&random)
        default: "evt-\(random.below(1000))"
        }
    }

    private func headers(_ random: inout SeededRandom) -> [String: String] {
        let names = ["id", "source", "type", "time", "specversion"]
        var headers: [String: String] = [:]
        for _ in 0..<random.size(upTo: 4) {
            let name =
                random.once(in: 3)
                ? random.pick(["timestamp_in_ms", "traceparent", "tracestate", "baggage", "x-delivery-count"])
                : random.pick(["cloudEvents:", "cloudEvents_"]) + random.pick(names)
            headers[name] = random.pick([
                "1", "-1", "1768469400123", "9223372036854775807", "2026-11-22T15:04:05Z", "/s", "a#b",
                TextGenerator.standard.text(&random, upTo: 100),
            ])
        }
        return headers
    }

    private static func base(of type: String) -> [(String, String)] {
        switch type {
        case "user.signup": [("userId", "\"u1\""), ("email", "\"a@example.com\""), ("name", "\"Ada\"")]
        case "user.password-reset": [("userId", "\"u1\""), ("resetUrl", "\"https://app.example.com/r?t=1\"")]
        case ContactEvent.updated: [("userId", "\"u1\""), ("email", "\"a@example.com\""), ("optOut", "[\"service\"]")]
        case ContactEvent.deleted: [("userId", "1")]
        default: [("paymentId", "\"p1\""), ("userId", "\"u1\""), ("amount", "19.99"), ("currency", "\"EUR\"")]
        }
    }
}

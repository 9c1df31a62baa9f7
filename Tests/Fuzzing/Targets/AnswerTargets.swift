import FoundationEssentials

@testable import Senders

extension FuzzTarget {
    /// What a server said becomes one bounded line without addresses, numbers and controls.
    static var serverTexts: FuzzTarget {
        let secrets = ["ada.lovelace@example.com", "ada.lovelace", "+4915112345678", "4915112345678"]
        return FuzzTarget("server-texts", weight: 300) { random in
            var text = TextGenerator.standard.text(&random, upTo: random.once(in: 10) ? 5_000 : 300)
            for _ in 0..<random.below(3) {
                text += random.pick(secrets) + TextGenerator.standard.text(&random, upTo: 30)
            }
            return text
        } check: { text in
            let line = ServerText.line(text, hiding: secrets)
            try require(
                line.unicodeScalars.count <= ServerText.maximumLength,
                "\(line.unicodeScalars.count) characters"
            )
            try require(
                !line.unicodeScalars.contains { [.control, .format].contains($0.properties.generalCategory) },
                "a control character in \(line)"
            )
            for secret in secrets { try require(!line.lowercased().contains(secret), "an address is shown: \(line)") }
            try require(!line.contains("@"), "an at-sign is left: \(line)")
        }
    }

    /// Twilio's answer, and the header that says when to come back.
    static var twilioAnswers: FuzzTarget {
        let json = JSONGenerator(
            names: ["sid", "code", "message", "status", "more_info"],
            values: [
                "\"SM0123456789abcdef\"", "21211", "\"+4915112345678\"", "null", "1e9", "-1", "\"\\u0000\"", "[]",
                "2.5",
            ]
        )
        let mutator = ByteMutator(dictionary: ["{", "}", "\"", ":", "null", "\\u0000", "<html>"])
        let now = Date(timeIntervalSince1970: 1_768_469_400)
        return FuzzTarget("twilio", weight: 800) { random in
            var body = Array(json.object(&random, base: [("sid", "\"SM1\""), ("code", "21211")]).utf8)
            if random.once(in: 2) { mutator.mutate(&body, &random, count: 1 + random.below(4)) }
            var header = Array(
                random.pick([
                    "120", "Sun, 06 Nov 1994 08:49:37 GMT", "Wed, 31 Dec 9999 23:59:60 GMT", "99999999999999999999",
                ])
                .utf8
            )
            if random.once(in: 2) { mutator.mutate(&header, &random, count: 1 + random.below(4)) }
            return (body, String(decoding: header, as: UTF8.self))
        } check: { (body: [UInt8], header: String) in
            let answer = TwilioAnswer(body: body)
            if let sid = answer.sid {
                try require(
                    (1...128).contains(sid.utf8.count)
                        && sid.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) },
                    "an id that is none"
                )
            }
            if let code = answer.code { try require((1...999_999).contains(code), "the code \(code)") }
            if let delay = RetryAfter.delay(header, now: now) {
                try require(delay >= .zero && delay <= RetryAfter.maximum, "a delay of \(delay)")
            }
        }
    }
}

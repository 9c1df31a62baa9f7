import DomainEvents
import FoundationEssentials
import Pipeline
import Testing
import Transfer

@testable import Senders

@Suite("Twilio classification")
struct TwilioClassificationTests {
    private func result(_ status: Int, code: Int? = nil, sid: String? = nil, retryAfter: Duration? = nil)
        -> DeliveryVerdict
    {
        TwilioClassification.result(
            status: status,
            answer: TwilioAnswer(sid: sid, code: code, message: nil),
            retryAfter: retryAfter
        ).verdict
    }

    @Test("what each status and failure says of the provider")
    func standings() {
        for status in 100...599 {
            let result = TwilioClassification.result(status: status, answer: TwilioAnswer(sid: "SM1"))
            let expected: ProviderStanding =
                switch status {
                case 200...299: .working
                case 408, 425, 429, 503: .failing
                case 100...199, 300...399, 401...404, 407: .refusing
                case 400...499: .working
                default: .unknown
                }
            #expect(result.standing == expected, "\(status)")
        }
        let stopped = TwilioClassification.result(status: 400, answer: TwilioAnswer(code: 21610))
        #expect(stopped.standing == .working)
        let ours = TwilioClassification.result(status: 400, answer: TwilioAnswer(code: 20003))
        #expect(ours.standing == .refusing)
        for kind in TransferFailure.Kind.allCases {
            let failure = TransferFailure(kind: kind, detail: "d")
            let expected: ProviderStanding =
                switch kind {
                case .tls, .login, .refused, .configuration: .refusing
                case .cancelled, .noAnswer, .badAnswer: .unknown
                case .dns, .connect, .timeout, .closed: .failing
                }
            #expect(TwilioClassification.result(failure: failure).standing == expected, "\(kind)")
        }
    }

    @Test("every status without a code comes out as the contract's table says")
    func everyStatus() {
        for status in 100...599 {
            let result = result(status)
            #expect(result.code == .http(status))
            switch (status, result) {
            case (200...299, .uncertain), (408, .transient), (425, .transient), (429, .transient), (503, .transient),
                (100...199, .refused), (300...399, .refused), (401...404, .refused), (407, .refused):
                break
            case (500...599, .uncertain) where status != 503: break
            case (400...499, .permanent) where ![401, 402, 403, 404, 407, 408, 425, 429].contains(status): break
            default: Issue.record("\(status): \(result)")
            }
        }
    }

    @Test("2xx with a sid is accepted under that id; without one nobody knows")
    func success() {
        #expect(result(201, sid: "SM123") == .accepted(providerMessageID: "SM123"))
        guard case .uncertain(.http(201), _) = result(201) else {
            Issue.record("a 201 without sid was not uncertain")
            return
        }
    }

    @Test("every code of a 400: STOP stops, ours is refused, anything else is permanent")
    func everyCode() {
        // Not an expectation for each: the time they take would be missing elsewhere.
        let wrong = (10_000...70_000).filter { code in
            switch (code, result(400, code: code)) {
            case (TwilioClassification.stopped, .stopped(let number, _)): number != .twilio(code)
            case (_, .refused(let number, _)) where TwilioClassification.ourTrouble.contains(code):
                number != .twilio(code)
            case (_, .permanent(let number, _))
            where !TwilioClassification.ourTrouble.contains(code) && code != TwilioClassification.stopped:
                number != .twilio(code)
            default: true
            }
        }
        #expect(wrong == [])
        #expect(TwilioClassification.ourTrouble.contains(20003))
        #expect(!TwilioClassification.ourTrouble.contains(21211))
    }

    @Test("too many requests keeps Twilio's code and the server's wish")
    func tooMany() {
        #expect(
            result(429, code: 20429, retryAfter: .seconds(7))
                == .transient(.twilio(20429), "Twilio answered with HTTP 429, code 20429", retryAfter: .seconds(7))
        )
    }

    @Test("a 500 with a code is uncertain all the same, under its status")
    func serverError() {
        #expect(result(500, code: 20500).code == .http(500))
    }

    @Test(
        "answers that are not what was promised count as missing",
        arguments: [
            "", "{", "[]", "null", "{\"sid\":7}", "{\"sid\":\"a b\"}", "{\"sid\":\"\"}", "{\"sid\":\"a/b\"}",
            "{\"sid\":\"ä\"}", "{\"sid\":\"\(String(repeating: "a", count: 129))\"}",
        ]
    )
    func brokenBodies(_ body: String) {
        #expect(TwilioAnswer(body: Array(body.utf8)) == TwilioAnswer())
    }

    @Test(
        "an id as another service of Twilio's API gives it is an id",
        arguments: [
            "SM0123456789abcdef", "SM_1-a.b", "0b6c1f3e-8c59-4d0a-9a52-7a5a6f0f9a11",
            String(repeating: "a", count: 128),
        ]
    )
    func identifiers(_ sid: String) {
        #expect(TwilioAnswer(body: Array("{\"sid\":\"\(sid)\"}".utf8)).sid == sid)
    }

    @Test("one field of the wrong type does not hide the others")
    func mixedBody() {
        let body = #"{"sid":null,"code":21211,"message":"bad","more_info":"x","status":400}"#
        #expect(TwilioAnswer(body: Array(body.utf8)) == TwilioAnswer(code: 21211, message: "bad"))
        let odd = #"{"code":"x","message":"bad"}"#
        #expect(TwilioAnswer(body: Array(odd.utf8)) == TwilioAnswer(message: "bad"))
    }

    @Test("the number that Twilio repeats does not reach the detail")
    func masking() {
        let answer = TwilioAnswer(code: 21211, message: "Invalid 'To' Phone Number: +4915112345XXXX +4915112345678")
        let result = TwilioClassification.result(status: 400, answer: answer, hiding: ["+4915112345678"])
        #expect(result.verdict.detail?.contains("15112345") == false)
    }

    @Test("failures before the body are definite, after it uncertain")
    func failures() {
        func result(_ kind: TransferFailure.Kind, sent: Int = 0, status: Int? = nil) -> DeliveryVerdict {
            TwilioClassification.result(
                failure: TransferFailure(kind: kind, detail: "d", httpStatus: status, sentBytes: sent)
            ).verdict
        }
        #expect(result(.dns) == .transient(.dnsFailed, "d", retryAfter: nil))
        #expect(result(.connect) == .transient(.httpConnect, "d", retryAfter: nil))
        #expect(result(.tls) == .refused(.httpConnect, "d"))
        #expect(result(.timeout) == .transient(.httpTimeout, "d", retryAfter: nil))
        #expect(result(.timeout, sent: 1) == .uncertain(.httpNoAnswer, "d"))
        #expect(result(.noAnswer, sent: 1) == .uncertain(.httpNoAnswer, "d"))
        #expect(result(.badAnswer, sent: 1) == .uncertain(.httpNoAnswer, "d"))
        #expect(result(.cancelled) == .abandoned)
        #expect(result(.cancelled, sent: 1) == .uncertain(.httpNoAnswer, "d"))
        #expect(result(.badAnswer, sent: 1, status: 400).code == .http(400))
        #expect(result(.configuration) == .refused(.httpConnect, "d"))
    }

    @Test("Retry-After: seconds and dates, bounded; anything else is none")
    func retryAfter() {
        let now = Date(timeIntervalSince1970: 784_111_777)
        #expect(RetryAfter.delay("120", now: now) == .seconds(120))
        #expect(RetryAfter.delay("99999999999999999999", now: now) == .seconds(86_400))
        #expect(RetryAfter.delay("Sun, 06 Nov 1994 08:50:37 GMT", now: now) == .seconds(60))
        #expect(RetryAfter.delay("Sun, 06 Nov 1994 08:49:36 GMT", now: now) == .seconds(0))
        for value in ["", "-1", "soon", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            #expect(RetryAfter.delay(value, now: now) == nil)
        }
    }
}

import DomainEvents
import Pipeline
import Testing
import Transfer

@testable import Senders

@Suite("SMTP classification")
struct SMTPClassificationTests {
    private enum Kind: String {
        case accepted, transient, permanent, refused, uncertain, throttled, stopped, abandoned
    }

    private func kind(_ result: DeliveryVerdict) -> Kind {
        switch result {
        case .accepted: .accepted
        case .transient: .transient
        case .permanent: .permanent
        case .refused: .refused
        case .uncertain: .uncertain
        case .throttled: .throttled
        case .stopped: .stopped
        case .abandoned: .abandoned
        }
    }

    private func kind(_ result: Judgement) -> Kind { kind(result.verdict) }

    @Test("every code at every step comes out as the contract's table says, with the code in the result")
    func everyCode() {
        for step in SMTPStep.allCases {
            for code in 400...599 {
                let result = SMTPClassification.result(step: step, reply: SMTPReply(code: code))
                let expected: Kind =
                    switch (step, code) {
                    case (_, 400...499): .transient
                    case (.recipient, _), (.data, _), (.content, _), (.mail, 552), (.mail, 555): .permanent
                    default: .refused
                    }
                #expect(kind(result) == expected, "\(step) \(code)")
                #expect(result.verdict.code == .smtp(code))
            }
        }
        for code in 200...299 {
            #expect(kind(SMTPClassification.result(step: .content, reply: SMTPReply(code: code))) == .accepted)
        }
    }

    @Test("what each code at each step says of the provider: only RCPT's own 4xx and what is permanent find it working")
    func standings() {
        for step in SMTPStep.allCases {
            for code in 400...599 {
                let result = SMTPClassification.result(step: step, reply: SMTPReply(code: code))
                let expected: ProviderStanding =
                    switch (step, kind(result)) {
                    case (.recipient, .transient): code == 421 ? .failing : .working
                    case (_, .transient): .failing
                    case (_, .permanent): .working
                    default: .refusing
                    }
                #expect(result.standing == expected, "\(step) \(code)")
            }
        }
        let accepted = SMTPClassification.result(step: .content, reply: SMTPReply(code: 250))
        #expect(accepted.standing == .working)
        let busy = SMTPClassification.result(step: .greeting, reply: SMTPReply(code: 421), isExtraSession: true)
        #expect(busy.standing == .unknown)
    }

    @Test("RCPT's 4xx about the mail system is the provider's failure, about mailbox or policy it is not")
    func recipientSubjects() {
        func standing(_ text: String) -> ProviderStanding {
            SMTPClassification.result(step: .recipient, reply: SMTPReply(code: 452, lines: [text])).standing
        }
        #expect(standing("4.3.1 no space left") == .failing)
        #expect(standing("4.3.2 not now") == .failing)
        #expect(standing("4.2.2 mailbox full") == .working)
        #expect(standing("4.7.1 greylisted") == .working)
        #expect(standing("5.3.1 of another class") == .working)
        #expect(standing("") == .working)
    }

    @Test("no usable answer before the last byte is the provider's failure, after it nobody knows")
    func interruptedStandings() {
        typealias Interruption = SMTPTransaction.Interruption
        for cause in [Interruption.closed, .timedOut, .unreadable("x")] {
            #expect(SMTPClassification.result(cause, .unanswered).standing == .failing)
            #expect(SMTPClassification.result(cause, .beforeLastByte).standing == .failing)
            #expect(SMTPClassification.result(cause, .afterLastByte).standing == .unknown)
        }
    }

    @Test("a session that cannot be opened is a failure, but where the server refuses us or we gave up")
    func openingStandings() {
        for kind in TransferFailure.Kind.allCases {
            let failure = TransferFailure(kind: kind, detail: "d")
            let standing = SMTPClassification.result(opening: failure, isExtraSession: false, hiding: []).standing
            let expected: ProviderStanding =
                switch kind {
                case .tls, .login, .refused, .configuration: .refusing
                case .cancelled: .unknown
                case .dns, .connect, .timeout, .noAnswer, .badAnswer, .closed: .failing
                }
            #expect(standing == expected, "\(kind)")
        }
    }

    @Test("too large and non-ASCII by enhanced status at MAIL concern the message; other statuses us")
    func enhancedAtMail() {
        func atMail(_ text: String) -> Kind {
            kind(SMTPClassification.result(step: .mail, reply: SMTPReply(code: 554, lines: [text])))
        }
        #expect(atMail("5.3.4 too big") == .permanent)
        #expect(atMail("5.6.7 not ASCII") == .permanent)
        #expect(atMail("5.7.1 not you") == .refused)
        let early = SMTPReply(code: 554, lines: ["5.3.4 too big"])
        #expect(kind(SMTPClassification.result(step: .greeting, reply: early)) == .refused)
    }

    @Test("421 and 4.3.2 throttle an extra session only, and only until the recipient is named")
    func throttling() {
        let busy = [SMTPReply(code: 421), SMTPReply(code: 450, lines: ["4.3.2 too many"])]
        for reply in busy {
            for step in SMTPStep.allCases {
                let isEarly = ![.recipient, .data, .content].contains(step)
                let extra = SMTPClassification.result(step: step, reply: reply, isExtraSession: true)
                #expect(kind(extra) == (isEarly ? .throttled : .transient))
                #expect(kind(SMTPClassification.result(step: step, reply: reply)) == .transient)
            }
        }
        let other = SMTPClassification.result(step: .mail, reply: SMTPReply(code: 451), isExtraSession: true)
        #expect(kind(other) == .transient)
    }

    @Test("interruptions: definite before the last byte, uncertain after it, abandoned when cancelled in time")
    func interruptions() {
        typealias Interruption = SMTPTransaction.Interruption
        let causes: [(Interruption, ErrorCode)] = [
            (.closed, .smtpConnect), (.timedOut, .smtpTimeout), (.unreadable("x"), .smtpNoAnswer),
        ]
        for (cause, code) in causes {
            for progress in [SMTPTransaction.Progress.unanswered, .beforeLastByte] {
                let result = SMTPClassification.result(cause, progress)
                #expect(kind(result) == .transient)
                #expect(result.verdict.code == code)
            }
            let late = SMTPClassification.result(cause, .afterLastByte)
            #expect(kind(late) == .uncertain)
            #expect(late.verdict.code == .smtpNoAnswer)
        }
        #expect(SMTPClassification.result(.cancelled, .beforeLastByte) == Judgement(.abandoned, .unknown))
        #expect(SMTPClassification.result(.cancelled, .unanswered) == Judgement(.abandoned, .unknown))
        #expect(kind(SMTPClassification.result(.cancelled, .afterLastByte)) == .uncertain)
    }

    @Test("a session that cannot be opened: each failure's kind and code")
    func opening() {
        func result(_ kind: TransferFailure.Kind, _ reply: Int? = nil, extra: Bool = false) -> DeliveryVerdict {
            let failure = TransferFailure(
                kind: kind,
                detail: "detail",
                smtpReply: reply.map { TransferFailure.ServerReply(code: $0, text: "text") }
            )
            return SMTPClassification.result(opening: failure, isExtraSession: extra, hiding: []).verdict
        }
        #expect(result(.dns) == .transient(.dnsFailed, "detail", retryAfter: nil))
        #expect(result(.connect) == .transient(.smtpConnect, "detail", retryAfter: nil))
        #expect(result(.tls) == .refused(.smtpTLS, "detail"))
        #expect(result(.timeout) == .transient(.smtpTimeout, "detail", retryAfter: nil))
        #expect(result(.cancelled) == .abandoned)
        #expect(kind(result(.configuration)) == .refused)
        #expect(kind(result(.login, 535)) == .refused)
        #expect(result(.login, 535).code == .smtp(535))
        #expect(kind(result(.login, 454)) == .transient)
        #expect(kind(result(.login)) == .refused)
        #expect(kind(result(.refused, 554)) == .refused)
        #expect(kind(result(.refused, 421)) == .transient)
        #expect(kind(result(.refused, 421, extra: true)) == .throttled)
        #expect(kind(result(.connect, 220)) == .transient)
    }

    @Test(
        "the server's id is found in the usual forms, and nothing that is none is taken for one",
        arguments: [
            ("2.0.0 Ok: queued as 4XyZ9", "4XyZ9"), ("OK id=1rAbCd-0001Xy-2Z", "1rAbCd-0001Xy-2Z"),
            ("Ok 0102018c-aaaa-bbbb-000000", "0102018c-aaaa-bbbb-000000"),
            ("2.6.0 <a@b> Queued mail for delivery", nil),
            ("queued as <jane@example.com>", nil), ("OK", nil), ("", nil), ("Ok thanks", nil),
        ] as [(String, String?)]
    )
    func messageID(_ text: String, _ expected: String?) {
        let result = SMTPClassification.result(step: .content, reply: SMTPReply(code: 250, lines: [text]))
        #expect(result == Judgement(.accepted(providerMessageID: expected), .working))
    }

    @Test("the quoted text holds no address, no secret and no control character, and is bounded")
    func quoting() {
        let reply = SMTPReply(
            code: 550,
            lines: [
                "<Jane.Doe@example.com>: jane.doe unknown\u{1B}[31m",
                "hunter2 \u{202E}" + String(repeating: "x", count: 900),
            ]
        )
        let result = SMTPClassification.result(
            step: .recipient,
            reply: reply,
            hiding: ["jane.doe@example.com", "jane.doe", "hunter2"]
        )
        let detail = result.verdict.detail ?? ""
        #expect(!detail.lowercased().contains("jane"))
        #expect(!detail.contains("example.com"))
        #expect(!detail.contains("hunter2"))
        #expect(detail.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202E}" })
        #expect(detail.count < 240)
        #expect(detail.hasPrefix("RCPT answered with 550: "))
    }
}

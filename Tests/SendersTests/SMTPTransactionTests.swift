import Testing

@testable import Senders

@Suite("SMTP transaction")
struct SMTPTransactionTests {
    @Test("all accepted: commands in order, content dot-stuffed, session kept", arguments: [false, true])
    func accepted(pipelining: Bool) {
        let course = TransactionDriver(pipelining: pipelining).run()
        #expect(
            course.written == [
                "MAIL FROM:<from@ourco.example> SIZE=\(course.content?.count ?? 0)", "RCPT TO:<to@example.com>", "DATA",
            ]
        )
        #expect(course.content == Array("Subject: x\r\n\r\n..dot\r\n.\r\n".utf8))
        #expect(course.outcome == .accepted(SMTPReply(code: 250, lines: ["2.0.0 Ok: queued as 4XyZ"])))
        #expect(course.keepSession)
    }

    static let refusals = Array(400...599)
    static let steps: [(SMTPStep, String)] = [
        (.mail, "MAIL"), (.recipient, "RCPT"), (.data, "DATA"), (.content, "content"),
    ]

    @Test("every 4yz and 5yz at every step, pipelined or not, split at every size: that step's refusal comes out")
    func everyRefusal() {
        for (step, verb) in Self.steps {
            for code in Self.refusals {
                for pipelining in [false, true] {
                    let text = "\(code)-first\r\n\(code) second\r\n"
                    var driver = TransactionDriver(replies: [verb: text], pipelining: pipelining)
                    let whole = driver.run()
                    #expect(whole.outcome == .rejected(step, SMTPReply(code: code, lines: ["first", "second"])))
                    #expect(whole.keepSession == (code != 421))
                    #expect((whole.content == nil) == (step != .content))
                    driver.pieceSize = 1
                    #expect(driver.run() == whole)
                }
            }
        }
    }

    @Test(
        "every 2yz and 3yz at every step: what fits goes on, what does not is unreadable, and no session is kept then"
    )
    func everyOtherReply() {
        for (step, verb) in Self.steps {
            for code in 200...399 {
                for pipelining in [false, true] {
                    let course = TransactionDriver(
                        replies: [verb: "\(code) text\r\n"],
                        pipelining: pipelining
                    ).run()
                    let fits = (code >= 300) == (step == .data)
                    if fits {
                        guard case .accepted = course.outcome else {
                            Issue.record("\(code) to \(verb): \(String(describing: course.outcome))")
                            continue
                        }
                        #expect(course.keepSession)
                    } else {
                        guard case .interrupted(.unreadable, let progress) = course.outcome else {
                            Issue.record("\(code) to \(verb): \(String(describing: course.outcome))")
                            continue
                        }
                        #expect(progress == (step == .content ? .afterLastByte : .beforeLastByte))
                        #expect(!course.keepSession)
                    }
                }
            }
        }
    }

    @Test("the first of several refusals decides, and RSET clears the session")
    func firstRefusalDecides() {
        let course = TransactionDriver(
            replies: ["MAIL": "451 later\r\n", "RCPT": "503 bad sequence\r\n", "DATA": "503 bad sequence\r\n"],
            pipelining: true
        ).run()
        #expect(course.outcome == .rejected(.mail, SMTPReply(code: 451, lines: ["later"])))
        #expect(course.written.last == "RSET")
        #expect(course.keepSession)
    }

    @Test("pipelined: 354 after a refused recipient is answered with a lone dot, and nothing is delivered")
    func loneDot() {
        let course = TransactionDriver(
            replies: ["RCPT": "550 no\r\n", ".": "554 no valid recipients\r\n"],
            pipelining: true
        ).run()
        #expect(course.outcome == .rejected(.recipient, SMTPReply(code: 550, lines: ["no"])))
        #expect(course.written.last == ".")
        #expect(course.content == nil)
        #expect(course.keepSession)
    }

    @Test("one command at a time: after a refused recipient RSET follows, never DATA")
    func resetAfterRecipient() {
        let course = TransactionDriver(replies: ["RCPT": "550 no\r\n"]).run()
        #expect(course.written.suffix(2) == ["RCPT TO:<to@example.com>", "RSET"])
        #expect(course.keepSession)
    }

    @Test("a refused or lost RSET changes nothing about the refusal, but the session is given up")
    func failedReset() {
        for reply in ["421 bye\r\n", "500 what\r\n", "", "garbage\r\n"] {
            let course = TransactionDriver(replies: ["RCPT": "550 no\r\n", "RSET": reply]).run()
            #expect(course.outcome == .rejected(.recipient, SMTPReply(code: 550, lines: ["no"])))
            #expect(!course.keepSession)
        }
    }

    @Test("silence at each step: unanswered, definite, or uncertain", arguments: [false, true])
    func silence(pipelining: Bool) {
        func outcome(_ verb: String) -> SMTPTransaction.Outcome? {
            TransactionDriver(replies: [verb: ""], pipelining: pipelining).run().outcome
        }
        #expect(outcome("content") == .interrupted(.closed, .afterLastByte))
        #expect(outcome("DATA") == .interrupted(.closed, .beforeLastByte))
        let lost = TransactionDriver(replies: ["MAIL": "", "RCPT": "", "DATA": ""], pipelining: pipelining).run()
        #expect(lost.outcome == .interrupted(.closed, .unanswered))
    }

    @Test("part of a first answer is an answer: no longer as if the server had closed an idle session")
    func partialAnswer() {
        let course = TransactionDriver(replies: ["MAIL": "25"]).run()
        #expect(course.outcome == .interrupted(.closed, .beforeLastByte))
    }

    @Test("half an answer after the last byte is uncertain")
    func partialFinalAnswer() {
        let course = TransactionDriver(replies: ["content": "250-almost\r\n25"]).run()
        #expect(course.outcome == .interrupted(.closed, .afterLastByte))
    }

    @Test("the last byte decides: interrupted while writing is definite, once it is out uncertain")
    func lastByte() throws {
        let envelope = try #require(SMTPEnvelope(sender: "a@x.example", recipient: "b@y.example"))
        var transaction = SMTPTransaction(
            envelope: envelope,
            content: DotStuffing.content(of: []),
            capabilities: .init(pipelining: true)
        )
        _ = transaction.start()
        let action = transaction.received(Array("250 a\r\n250 b\r\n354 c\r\n".utf8))
        #expect(action == .writeContent(Array(".\r\n".utf8)))
        var written = transaction
        for interruption in [SMTPTransaction.Interruption.closed, .timedOut, .cancelled] {
            var writing = transaction
            #expect(
                writing.interrupted(interruption)
                    == .finish(.interrupted(interruption, .beforeLastByte), keepSession: false)
            )
        }
        #expect(written.contentIsOut() == .read)
        for interruption in [SMTPTransaction.Interruption.closed, .timedOut, .cancelled] {
            var waiting = written
            #expect(
                waiting.interrupted(interruption)
                    == .finish(.interrupted(interruption, .afterLastByte), keepSession: false)
            )
        }
    }

    @Test("421 behind the 354 stops the message before it is written")
    func closingBehindGoAhead() {
        let course = TransactionDriver(replies: ["DATA": "354 go\r\n421 4.3.2 shutting down\r\n"], pipelining: true)
            .run()
        #expect(course.content == nil)
        #expect(course.outcome == .rejected(.content, SMTPReply(code: 421, lines: ["4.3.2 shutting down"])))
        #expect(!course.keepSession)
    }

    @Test("a reply too many never counts for a later command")
    func surplusReply() {
        for verb in ["MAIL", "RCPT"] {
            let course = TransactionDriver(replies: [verb: "250 one\r\n250 two\r\n"]).run()
            guard case .interrupted(.unreadable, .beforeLastByte) = course.outcome else {
                Issue.record("\(String(describing: course.outcome))")
                continue
            }
            #expect(course.content == nil)
        }
        let behind = TransactionDriver(replies: ["content": "250 taken\r\n421 bye\r\n"]).run()
        #expect(behind.outcome == .accepted(SMTPReply(code: 250, lines: ["taken"])))
        #expect(!behind.keepSession)
    }

    @Test("an over-long line ends it, definite or uncertain by its place")
    func overLongLine() {
        let long = "250 " + String(repeating: "x", count: 10_000)
        guard
            case .interrupted(.unreadable, .beforeLastByte) = TransactionDriver(replies: ["RCPT": long]).run().outcome,
            case .interrupted(.unreadable, .afterLastByte) = TransactionDriver(replies: ["content": long]).run().outcome
        else {
            Issue.record("an over-long line was taken")
            return
        }
    }

    @Test("SMTPUTF8 is asked for when an address needs it, and only then")
    func utf8() throws {
        let envelope = try #require(SMTPEnvelope(sender: "a@x.example", recipient: "jörg@y.example"))
        var transaction = SMTPTransaction(
            envelope: envelope,
            content: DotStuffing.content(of: []),
            capabilities: .init(smtpUTF8: true)
        )
        #expect(transaction.start() == .write(Array("MAIL FROM:<a@x.example> SMTPUTF8\r\n".utf8)))
    }

    @Test(
        "an address that could end its command makes no envelope",
        arguments: ["a@x>\r\nRSET", "a@x\r\n", "a b@x", "a@x> SIZE=1", "a", "", "a\u{0}@x", "<a@x", "a@x\u{85}"]
    )
    func unsafeAddress(_ address: String) {
        #expect(SMTPEnvelope(sender: "a@x.example", recipient: address) == nil)
        #expect(SMTPEnvelope(sender: address, recipient: "a@x.example") == nil)
    }

    @Test("dot-stuffing doubles leading dots only, and ends every message with a line of one dot")
    func dotStuffing() {
        func content(_ text: String) -> String {
            String(decoding: DotStuffing.content(of: Array(text.utf8)), as: UTF8.self)
        }
        #expect(content("") == ".\r\n")
        #expect(content(".\r\n") == "..\r\n.\r\n")
        #expect(content("a.b\r\n..\r\n") == "a.b\r\n...\r\n.\r\n")
        #expect(content("no end") == "no end\r\n.\r\n")
    }
}

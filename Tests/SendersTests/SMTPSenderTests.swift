import DomainEvents
import NotifyTestKit
import Pipeline
import Reactor
import Testing
import Transfer

@testable import Senders

@Suite("SMTP sender against a scripted server", .timeLimit(.minutes(1)))
struct SMTPSenderTests {
    private let reactor = Reactor(label: "tests")

    private func serve(_ script: SMTPScript = SMTPScript()) throws -> ScriptedServer {
        try ScriptedServer(script.run)
    }

    @Test("an accepted message: the server's id, its status, and timings that are 0 on the kept session")
    func accepted() async throws {
        let server = try serve()
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
        let first = try await sender.send(Fixtures.email())
        #expect(first.result == .accepted(providerMessageID: "TEST01"))
        #expect(first.smtpStatus == 250)
        #expect(first.provider == "smtp")
        #expect(first.serverAddress == "127.0.0.1")
        #expect(first.serverPort == server.port)
        #expect(first.timings.total > .zero)
        let second = try await sender.send(Fixtures.email())
        #expect(second.result == .accepted(providerMessageID: "TEST01"))
        #expect(second.timings.connect == .zero)
        #expect(server.connections == 1)
        await sender.shutdown()
        #expect(server.notes == ["message", "message", "quit"])
    }

    @Test("without PIPELINING the same message goes through")
    func oneCommandAtATime() async throws {
        let server = try serve(SMTPScript(capabilities: []))
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
        #expect(try await sender.send(Fixtures.email()).result == .accepted(providerMessageID: "TEST01"))
        await sender.shutdown()
    }

    @Test("many at once: no more sessions than allowed, each message once")
    func bounded() async throws {
        let server = try serve()
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor, connections: 3)
        let notification = try Fixtures.email()
        let accepted = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 {
                group.addTask { await sender.send(notification).result == .accepted(providerMessageID: "TEST01") }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(accepted == 40)
        #expect(server.connections <= 3)
        await sender.shutdown()
        #expect(server.notes.count { $0 == "message" } == 40)
    }

    @Test("a refused recipient is permanent, and the session serves the next message")
    func refusedRecipient() async throws {
        let server = try serve(SMTPScript(recipient: "550 5.1.1 <jane.doe@customer.example> unknown"))
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
        for _ in 0..<2 {
            let report = try await sender.send(Fixtures.email())
            #expect(report.result == .permanent(.smtp(550), "RCPT answered with 550: 5.1.1 <***> unknown"))
            #expect(report.smtpStatus == 550)
        }
        #expect(server.connections == 1)
        await sender.shutdown()
    }

    @Test("refused at MAIL is our trouble, refused for now is transient")
    func refusedForUs() async throws {
        let refusing = try serve(SMTPScript(mail: "530 5.7.0 log in first"))
        defer { refusing.stop() }
        let first = try Fixtures.smtpSender(port: refusing.port, reactor: reactor)
        guard case .refused(.smtp(530), _) = try await first.send(Fixtures.email()).result else {
            Issue.record("530 at MAIL was not refused")
            return
        }
        let later = try serve(SMTPScript(mail: "450 4.2.0 greylisted"))
        defer { later.stop() }
        let second = try Fixtures.smtpSender(port: later.port, reactor: reactor)
        guard case .transient(.smtp(450), _, nil) = try await second.send(Fixtures.email()).result else {
            Issue.record("450 at MAIL was not transient")
            return
        }
        await first.shutdown()
        await second.shutdown()
    }

    @Test("silence after the dot is uncertain once answerTimeout is over")
    func silenceAfterDot() async throws {
        let server = try serve(SMTPScript(answer: nil))
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor, answerTimeout: .milliseconds(50))
        guard case .uncertain(.smtpNoAnswer, _) = try await sender.send(Fixtures.email()).result else {
            Issue.record("silence after the dot was not uncertain")
            return
        }
        await sender.shutdown()
    }

    @Test("hanging up after the dot is uncertain")
    func hangUpAfterDot() async throws {
        let server = try serve(SMTPScript(hangsUpAfterDot: true))
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
        guard case .uncertain(.smtpNoAnswer, _) = try await sender.send(Fixtures.email()).result else {
            Issue.record("a lost connection after the dot was not uncertain")
            return
        }
        #expect(server.connections == 1)
        await sender.shutdown()
    }

    @Test("a server that is silent before the last byte costs send.timeout and is transient")
    func silentServer() async throws {
        let server = try ScriptedServer { _, connection in
            connection.say("220 mx.example")
            _ = connection.line()
            connection.say("250 mx.example")
            while connection.line() != nil { continue }
        }
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor, sendTimeout: .milliseconds(300))
        guard case .transient(.smtpTimeout, _, nil) = try await sender.send(Fixtures.email()).result else {
            Issue.record("a silent server was not a transient timeout")
            return
        }
        await sender.shutdown()
    }

    @Test(
        "a session that the server closed while it was idle is no attempt: the message goes over a fresh one",
        arguments: [nil, "421 4.4.2 idle too long"]
    )
    func idleClose(farewell: String?) async throws {
        let server = try serve(SMTPScript(messagesPerSession: 1, farewell: farewell))
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
        for count in 1...4 {
            #expect(try await sender.send(Fixtures.email()).result == .accepted(providerMessageID: "TEST01"))
            #expect(await eventually { server.notes.count { $0 == "hung up" } == count })
        }
        #expect(server.connections == 4)
        await sender.shutdown()
    }

    @Test("421 to the second connection: its message waits for the first and goes through; no attempt")
    func refusedExtra() async throws {
        let script = SMTPScript()
        let server = try ScriptedServer { server, connection in
            guard connection.number == 1 else {
                server.note("refused")
                return connection.say("421 4.3.2 too many connections")
            }
            script.run(server, connection)
        }
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor, connections: 4)
        let notification = try Fixtures.email()
        let results = await withTaskGroup(of: DeliveryVerdict.self) { group in
            for _ in 0..<12 { group.addTask { await sender.send(notification).result } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.allSatisfy { $0 == .accepted(providerMessageID: "TEST01") })
        #expect(server.notes.count { $0 == "message" } == 12)
        await sender.shutdown()
    }

    @Test("421 to the only connection is an ordinary transient failure")
    func refusedOnly() async throws {
        let server = try serve(SMTPScript(greeting: "421 4.3.2 not now"))
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
        guard case .transient(.smtp(421), _, nil) = try await sender.send(Fixtures.email()).result else {
            Issue.record("421 at the greeting was not transient")
            return
        }
        await sender.shutdown()
    }

    @Test("nobody there: transient, smtp.connect")
    func nobodyThere() async throws {
        let server = try serve()
        server.stop()
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
        guard case .transient(.smtpConnect, _, nil) = try await sender.send(Fixtures.email()).result else {
            Issue.record("a refused connection was not transient")
            return
        }
        await sender.shutdown()
    }

    @Test("an internationalised address without SMTPUTF8 is permanent, the session stays usable")
    func utf8() async throws {
        let server = try serve(SMTPScript(capabilities: ["PIPELINING"]))
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
        guard case .permanent(.smtpUTF8, _) = try await sender.send(Fixtures.email(to: "jörg@bücher.example")).result
        else {
            Issue.record("a non-ASCII address was not refused")
            return
        }
        #expect(try await sender.send(Fixtures.email()).result == .accepted(providerMessageID: "TEST01"))
        #expect(server.connections == 1)
        await sender.shutdown()
    }

    @Test("cancelled before the last byte: abandoned; after it: uncertain")
    func cancellation() async throws {
        let stuck = try serve(SMTPScript(data: "354-go on, but not yet"))
        defer { stuck.stop() }
        let silent = try serve(SMTPScript(answer: nil))
        defer { silent.stop() }
        let notification = try Fixtures.email()

        let early = try Fixtures.smtpSender(port: stuck.port, reactor: reactor)
        let before = Task { await early.send(notification).result }
        #expect(await eventually { stuck.connections == 1 })
        before.cancel()
        #expect(await before.value == .abandoned)

        let late = try Fixtures.smtpSender(port: silent.port, reactor: reactor)
        let after = Task { await late.send(notification).result }
        #expect(await eventually { silent.notes == ["message"] })
        after.cancel()
        guard case .uncertain(.smtpNoAnswer, _) = await after.value else {
            Issue.record("cancelled after the last byte was not uncertain")
            return
        }
        await early.shutdown()
        await late.shutdown()
    }

    @Test("who waits for a session and is cancelled leaves the line; who waits half of send.timeout is throttled")
    func waiting() async throws {
        let server = try serve(SMTPScript(answer: nil))
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(
            port: server.port,
            reactor: reactor,
            connections: 1,
            sendTimeout: .seconds(16)
        )
        let notification = try Fixtures.email()
        let holder = Task { await sender.send(notification).result }
        #expect(await eventually { server.notes == ["message"] })
        let cancelled = Task { await sender.send(notification).result }
        #expect(await eventually { await sender.pool.waiting == 1 })
        cancelled.cancel()
        #expect(await cancelled.value == .abandoned)
        #expect(await sender.pool.waiting == 0)
        guard case .throttled = await sender.send(notification).result else {
            Issue.record("waiting in vain was not throttled")
            return
        }
        holder.cancel()
        _ = await holder.value
        await sender.shutdown()
    }

    @Test("an idle session is closed with QUIT")
    func idleTimeout() async throws {
        let server = try serve()
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor, idleTimeout: .milliseconds(20))
        _ = try await sender.send(Fixtures.email())
        #expect(await eventually { server.notes.contains("quit") })
        #expect(await sender.pool.count == 0)
        await sender.shutdown()
    }

    @Test("the probe says what it found, and sends nothing")
    func probe() async throws {
        let server = try serve()
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
        #expect(await sender.probe() == .healthy("127.0.0.1:\(server.port), plain text, no login"))
        #expect(!server.notes.contains("message"))
        let refusing = try serve(SMTPScript(greeting: "554 go away"))
        defer { refusing.stop() }
        let refused = try Fixtures.smtpSender(port: refusing.port, reactor: reactor)
        guard case .refused(.smtp(554), _) = await refused.probe() else {
            Issue.record("554 was not reported as refused")
            return
        }
        refusing.stop()
        await sender.shutdown()
        await refused.shutdown()
    }
}

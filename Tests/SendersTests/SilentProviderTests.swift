import DomainEvents
import NotifyTestKit
import Pipeline
import Reactor
import Synchronization
import Testing
import Transfer

@testable import Senders

/// Connections that are black-holed, half-open or stalled: every one ends by a time-out, and none is left behind.
@Suite("Providers that fall silent", .timeLimit(.minutes(1)))
struct SilentProviderTests {
    private let reactor = Reactor(label: "tests")

    /// Long enough for what goes well beside a hundred other tests.
    private static let patience = Duration.seconds(10)

    /// Where a mail server falls silent: it takes what comes, and says nothing more.
    enum Stall: String, CaseIterable {
        case greeting, halfGreeting, hello, halfHello, startTLS, handshake, login, mail, halfReply, recipient, data

        var startTLS: MailSessionRequest.StartTLS {
            self == .startTLS || self == .handshake ? .require : .never
        }

        /// The last command that is answered is the one before this.
        private var command: String {
            switch self {
            case .greeting, .halfGreeting: ""
            case .hello, .halfHello: "EHLO"
            case .startTLS, .handshake: "STARTTLS"
            case .login: "AUTH"
            case .mail, .halfReply: "MAIL"
            case .recipient: "RCPT"
            case .data: "DATA"
            }
        }

        private var lastWords: String? {
            switch self {
            case .halfGreeting: "220-mx.example"
            case .halfHello: "250-mx.example"
            case .handshake: "220 go ahead"
            case .halfReply: "250-2.1.0"
            case .greeting, .hello, .startTLS, .login, .mail, .recipient, .data: nil
            }
        }

        func run(_ server: ScriptedServer, _ connection: ScriptedServer.Connection) {
            if !command.isEmpty {
                connection.say("220 mx.example")
                while let line = connection.line(), !line.hasPrefix(command) {
                    if line.hasPrefix("EHLO") {
                        connection.say("250-mx.example\r\n250-STARTTLS\r\n250 AUTH PLAIN")
                    } else {
                        connection.say(line.hasPrefix("AUTH") ? "235 in" : "250 Ok")
                    }
                }
            }
            if let lastWords { connection.say(lastWords) }
            server.note("silent")
            connection.waitForEnd()
            server.note("client gone")
        }
    }

    private func sender(_ stall: Stall, _ server: ScriptedServer, sendTimeout: Duration) throws -> SMTPSender {
        try Fixtures.smtpSender(
            port: server.port,
            reactor: reactor,
            sendTimeout: sendTimeout,
            startTLS: stall.startTLS,
            password: "hunter2"
        )
    }

    /// All at once: each costs its timeout.
    @Test("before the last byte: smtp.timeout, the provider's failure; session and connection are gone")
    func smtpStalls() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for stall in Stall.allCases { group.addTask { try await smtpStalls(stall) } }
            try await group.waitForAll()
        }
    }

    private func smtpStalls(_ stall: Stall) async throws {
        let server = try ScriptedServer(stall.run)
        defer { server.stop() }
        let sender = try sender(stall, server, sendTimeout: Self.patience)
        let report = try await sender.send(Fixtures.email())
        guard case .transient(.smtpTimeout, _, nil) = report.result else {
            Issue.record("\(stall): \(report.result)")
            return
        }
        #expect(report.standing == .failing)
        #expect(await eventually { server.notes.last == "client gone" })
        #expect(await sender.pool.count == 0)
        #expect(await sender.sessions.isEmpty)
        await sender.shutdown()
    }

    @Test("cancelled there: abandoned at once; session and connection are gone", arguments: Stall.allCases)
    func smtpCancelled(_ stall: Stall) async throws {
        let server = try ScriptedServer(stall.run)
        defer { server.stop() }
        let sender = try sender(stall, server, sendTimeout: .seconds(50))
        let notification = try Fixtures.email()
        let task = Task { await sender.send(notification) }
        #expect(await eventually { server.notes == ["silent"] })
        task.cancel()
        let report = await task.value
        #expect(report.result == .abandoned)
        #expect(report.standing == .unknown)
        #expect(await eventually { server.notes.last == "client gone" })
        #expect(await sender.pool.count == 0)
        await sender.shutdown()
    }

    @Test("SMTP, no answer to the message, not even a whole line: uncertain, and the connection is gone")
    func afterLastByte() async throws {
        for answer in ["250-2.0.0 half", ""] {
            let server = try ScriptedServer { server, connection in
                connection.say("220 mx.example")
                while let line = connection.line(), line != "DATA" { connection.say("250 Ok") }
                connection.say("354 go on")
                connection.skipMessage()
                if !answer.isEmpty { connection.say(answer) }
                connection.waitForEnd()
                server.note("client gone")
            }
            defer { server.stop() }
            let sender = try Fixtures.smtpSender(
                port: server.port,
                reactor: reactor,
                answerTimeout: .milliseconds(100)
            )
            let report = try await sender.send(Fixtures.email())
            guard case .uncertain(.smtpNoAnswer, _) = report.result else {
                Issue.record("\(report.result)")
                return
            }
            #expect(report.standing == .unknown)
            #expect(await eventually { server.notes == ["client gone"] })
            #expect(await sender.pool.count == 0)
            await sender.shutdown()
        }
    }

    @Test("a kept session whose peer has vanished without a word costs send.timeout once; then there is a fresh one")
    func vanishedPeer() async throws {
        let server = try ScriptedServer { server, connection in
            let script = SMTPScript(messagesPerSession: connection.number == 1 ? 1 : .max)
            if connection.number > 1 { return script.run(server, connection) }
            // As behind a proxy that drops what it gets: connected, and deaf.
            script.run(server, connection)
            connection.waitForEnd()
            server.note("client gone")
        }
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor, sendTimeout: Self.patience)
        #expect(try await sender.send(Fixtures.email()).standing == .working)
        let report = try await sender.send(Fixtures.email())
        guard case .transient(.smtpTimeout, _, nil) = report.result else {
            Issue.record("\(report.result)")
            return
        }
        #expect(await eventually { server.notes.contains("client gone") })
        #expect(try await sender.send(Fixtures.email()).standing == .working)
        #expect(server.connections == 2)
        await sender.shutdown()
    }

    @Test(
        "an idle session whose peer has vanished is closed all the same, by time or by shutdown",
        arguments: [20, 60_000]
    )
    func vanishedWhileIdle(milliseconds: Int) async throws {
        let server = try ScriptedServer { server, connection in
            SMTPScript(messagesPerSession: 1).run(server, connection)
            connection.waitForEnd()
            server.note("client gone")
        }
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(
            port: server.port,
            reactor: reactor,
            idleTimeout: .milliseconds(milliseconds)
        )
        #expect(try await sender.send(Fixtures.email()).standing == .working)
        if milliseconds > 1000 { await sender.shutdown() }
        #expect(await eventually { server.notes.last == "client gone" })
        #expect(await sender.pool.count == 0)
        await sender.shutdown()
    }

    @Test("SMTP and HTTP to an address that drops everything: time-outs that are the provider's failure")
    func blackHole() async throws {
        let hole = try BlackHole()
        let mail = try Fixtures.smtpSender(port: hole.port, reactor: reactor, sendTimeout: .milliseconds(500))
        let first = try await mail.send(Fixtures.email())
        guard case .transient(.smtpTimeout, _, nil) = first.result else {
            Issue.record("\(first.result)")
            return
        }
        #expect(first.standing == .failing)
        #expect(await mail.pool.count == 0)
        let web = try Fixtures.twilioSender(port: hole.port, reactor: reactor, sendTimeout: .milliseconds(500))
        let second = try await web.send(Fixtures.sms())
        guard case .transient(.httpTimeout, _, nil) = second.result else {
            Issue.record("\(second.result)")
            return
        }
        #expect(second.standing == .failing)
    }

    @Test("HTTPS that stalls in the handshake: http.timeout, definite, and the connection is gone")
    func handshake() async throws {
        let server = try ScriptedServer { server, connection in
            connection.waitForEnd()
            server.note("client gone")
        }
        defer { server.stop() }
        let sender = try Fixtures.twilioSender(
            port: server.port,
            reactor: reactor,
            scheme: "https",
            sendTimeout: Self.patience
        )
        let report = try await sender.send(Fixtures.sms())
        guard case .transient(.httpTimeout, _, nil) = report.result else {
            Issue.record("\(report.result)")
            return
        }
        #expect(report.standing == .failing)
        #expect(await eventually { server.notes == ["client gone"] })
    }

    @Test("a kept HTTP connection whose peer has vanished: uncertain once, then a fresh one")
    func vanishedWebServer() async throws {
        let server = try ScriptedServer { server, connection in
            if connection.number > 1 { return HTTPScript().run(server, connection) }
            HTTPScript(requests: 1).run(server, connection)
            connection.waitForEnd()
            server.note("client gone")
        }
        defer { server.stop() }
        let sender = try Fixtures.twilioSender(port: server.port, reactor: reactor, sendTimeout: Self.patience)
        #expect(try await sender.send(Fixtures.sms()).standing == .working)
        let report = try await sender.send(Fixtures.sms())
        guard case .uncertain(.httpNoAnswer, _) = report.result else {
            Issue.record("\(report.result)")
            return
        }
        #expect(await eventually { server.notes.contains("client gone") })
        #expect(try await sender.send(Fixtures.sms()).standing == .working)
        #expect(server.connections == 2)
    }
}

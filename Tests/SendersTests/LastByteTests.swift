import DomainEvents
import NotifyTestKit
import Pipeline
import Reactor
import Synchronization
import Testing
import Transfer

@testable import Senders

/// When senders say that the message is out: once, not before, and not at all when it is not.
@Suite("The last byte", .timeLimit(.minutes(1)))
struct LastByteTests {
    private let reactor = Reactor(label: "tests")
    /// More than the kernel takes for a server that does not read.
    private static let large = 1 << 19

    private func largeMail() throws -> OutgoingNotification {
        var notification = try Fixtures.email()
        let line = String(repeating: "x", count: 63) + "\n"
        notification.content = .email(
            subject: "large",
            html: "<p>x</p>",
            text: String(repeating: line, count: Self.large / 64)
        )
        return notification
    }

    private func largeSMS() throws -> OutgoingNotification {
        var notification = try Fixtures.sms()
        notification.content = .sms(text: String(repeating: "x", count: Self.large), segments: 1)
        return notification
    }

    @Test("SMTP: once, and not before the server has taken all but what fits the buffers")
    func smtp() async throws {
        let gate = Gate()
        let server = try ScriptedServer(isNarrow: true) { server, connection in
            connection.say("220 mx.example")
            while let line = connection.line() {
                guard line == "DATA" else {
                    connection.say("250 Ok")
                    continue
                }
                connection.say("354 go on")
                server.note("354")
                gate.wait()
                connection.skipMessage()
                connection.say("250 2.0.0 Ok: queued as TEST01")
            }
        }
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor, sendTimeout: .seconds(50))
        let calls = Calls<Bool>()
        let notification = try largeMail()
        let task = reactor.task {
            await sender.send(notification) {
                reactor.preconditionIsolated()
                calls.note(gate.isOpen)
            }
        }
        #expect(await eventually { server.notes == ["354"] })
        gate.open()
        #expect(await task.value.result == .accepted(providerMessageID: "TEST01"))
        #expect(calls.all == [true])
        await sender.shutdown()
    }

    @Test("SMTP: a server that stops reading in the middle costs send.timeout, and no last byte is out")
    func smtpStalls() async throws {
        let gate = Gate()
        let server = try ScriptedServer(isNarrow: true) { _, connection in
            connection.say("220 mx.example")
            while let line = connection.line() {
                guard line == "DATA" else {
                    connection.say("250 Ok")
                    continue
                }
                connection.say("354 go on")
                gate.wait()
                return
            }
        }
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor, sendTimeout: .seconds(8))
        let calls = Calls<Void>()
        let report = try await sender.send(largeMail()) { calls.note(()) }
        #expect(report.result.code == .smtpTimeout)
        #expect(report.standing == .failing)
        #expect(calls.all.isEmpty)
        #expect(await sender.pool.count == 0)
        gate.open()
        await sender.shutdown()
    }

    @Test(
        "SMTP: never where the message did not go out",
        arguments: [
            SMTPScript(greeting: "554 no"), SMTPScript(mail: "530 no"), SMTPScript(recipient: "450 later"),
            SMTPScript(recipient: "550 no"), SMTPScript(data: "451 later"),
            SMTPScript(capabilities: [], data: "554 no"),
        ]
    )
    func smtpRefused(_ script: SMTPScript) async throws {
        let server = try ScriptedServer(script.run)
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
        let calls = Calls<Void>()
        _ = try await sender.send(Fixtures.email()) { calls.note(()) }
        #expect(calls.all.isEmpty)
        await sender.shutdown()
    }

    @Test(
        "SMTP: once, whatever the answer to the message is, or that there is none",
        arguments: [
            SMTPScript(), SMTPScript(capabilities: []), SMTPScript(answer: "451 later"), SMTPScript(answer: "554 no"),
            SMTPScript(answer: nil), SMTPScript(hangsUpAfterDot: true),
        ]
    )
    func smtpAnswered(_ script: SMTPScript) async throws {
        let server = try ScriptedServer(script.run)
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor, answerTimeout: .milliseconds(50))
        let calls = Calls<Void>()
        _ = try await sender.send(Fixtures.email()) { calls.note(()) }
        #expect(calls.all.count == 1)
        await sender.shutdown()
    }

    @Test("SMTP: a message that first meets a session the server has closed says so once, for the fresh session")
    func smtpIdleClose() async throws {
        let server = try ScriptedServer(SMTPScript(messagesPerSession: 1, farewell: "421 4.4.2 idle").run)
        defer { server.stop() }
        let sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
        let calls = Calls<Void>()
        for count in 1...3 {
            _ = try await sender.send(Fixtures.email()) { calls.note(()) }
            #expect(calls.all.count == count)
        }
        await sender.shutdown()
    }

    @Test("HTTP: once, on the reactor, and not before the server has taken all but what fits the buffers")
    func http() async throws {
        let gate = Gate()
        let script = HTTPScript()
        let server = try ScriptedServer(isNarrow: true) { server, connection in
            server.note("connected")
            gate.wait()
            script.run(server, connection)
        }
        defer { server.stop() }
        let sender = try Fixtures.twilioSender(port: server.port, reactor: reactor, sendTimeout: .seconds(50))
        let calls = Calls<Bool>()
        let notification = try largeSMS()
        let task = reactor.task {
            await sender.send(notification) {
                reactor.preconditionIsolated()
                calls.note(gate.isOpen)
            }
        }
        #expect(await eventually { server.notes == ["connected"] })
        gate.open()
        #expect(await task.value.standing == .working)
        #expect(calls.all == [true])
    }

    @Test("HTTP: a server that stops reading, or answers before it has read all, gets no last byte")
    func httpStalls() async throws {
        let gate = Gate()
        let silent = try ScriptedServer(isNarrow: true) { _, _ in gate.wait() }
        defer { silent.stop() }
        let hasty = try ScriptedServer(isNarrow: true) { _, connection in
            connection.say("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n")
            gate.wait()
        }
        defer { hasty.stop() }
        let calls = Calls<Void>()
        let waiting = try Fixtures.twilioSender(port: silent.port, reactor: reactor, sendTimeout: .seconds(8))
        let stalled = try await waiting.send(largeSMS()) { calls.note(()) }
        #expect(stalled.result.code == .httpNoAnswer)
        #expect(stalled.standing == .unknown)
        let refused = try Fixtures.twilioSender(port: hasty.port, reactor: reactor)
        #expect(try await refused.send(largeSMS()) { calls.note(()) }.httpStatus == 413)
        #expect(calls.all.isEmpty)
        gate.open()
    }

    @Test("HTTP: once, whatever the answer is; never where nobody is there")
    func httpAnswered() async throws {
        for script in [HTTPScript(), HTTPScript(status: 401), HTTPScript(status: 500), HTTPScript(hangsUp: true)] {
            let server = try ScriptedServer(script.run)
            defer { server.stop() }
            let sender = try Fixtures.twilioSender(port: server.port, reactor: reactor)
            let calls = Calls<Void>()
            // The second one may go over the kept connection.
            for count in 1...2 {
                _ = try await sender.send(Fixtures.sms()) { calls.note(()) }
                #expect(calls.all.count == count)
            }
        }
        let sender = try Fixtures.twilioSender(port: LoopbackListener.unusedPort(), reactor: reactor)
        let calls = Calls<Void>()
        #expect(try await sender.send(Fixtures.sms()) { calls.note(()) }.standing == .failing)
        #expect(calls.all.isEmpty)
    }

    @Test("files: once, on the reactor, before the file can be seen")
    func files() async throws {
        let folder = try TemporaryFolder()
        let mail = FileMailSender(path: folder.path, from: try Mailbox(parsing: "orders@ourco.example"))
        let sms = FileSMSSender(path: folder.path)
        let (email, text) = (try Fixtures.email(), try Fixtures.sms())
        let calls = Calls<[String]>()
        let note: @Sendable () -> Void = {
            reactor.preconditionIsolated()
            calls.note(folder.names("mail/new") + folder.names("sms"))
        }
        let reports = await reactor.task {
            let first = await mail.send(email, onLastByte: note)
            return [first, await sms.send(text, onLastByte: note)]
        }.value
        #expect(reports.map(\.standing) == [.working, .working])
        #expect(calls.all.count == 2)
        #expect(calls.all.first == [])
        #expect(calls.all.last?.count == 1)
    }

    @Test("files: never where none can be written; a folder that cannot be made refuses us")
    func unwritable() async throws {
        let calls = Calls<Void>()
        let sender = FileSMSSender(path: "/proc/none")
        let report = try await sender.send(Fixtures.sms()) { calls.note(()) }
        #expect(report.standing == .refusing)
        #expect(calls.all.isEmpty)
    }

    @Test("what no provider was asked about says nothing of it")
    func notAsked() async throws {
        let sender = try Fixtures.smtpSender(port: LoopbackListener.unusedPort(), reactor: reactor)
        let calls = Calls<Void>()
        #expect(try await sender.send(Fixtures.sms()) { calls.note(()) }.standing == .unknown)
        await sender.shutdown()
        #expect(try await sender.send(Fixtures.email()) { calls.note(()) }.standing == .unknown)
        #expect(calls.all.isEmpty)
    }
}

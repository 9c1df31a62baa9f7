import DomainEvents
import Pipeline
import Reactor
import Testing
import Transfer

@testable import Senders

/// What every sender owes its callers, whichever provider is behind it.
@Suite("Every sender", .timeLimit(.minutes(1)))
struct SenderConformanceTests {
    enum Kind: String, CaseIterable {
        case smtp, twilio, fileMail, fileSMS
    }

    /// A sender with a provider behind it that accepts, or refuses and repeats all that it knows.
    private final class Subject: Sendable {
        let sender: any Sender
        let notification: OutgoingNotification
        private let server: ScriptedServer?
        private let folder: TemporaryFolder?

        init(_ kind: Kind, refusing: Bool = false) throws {
            let reactor = Reactor(label: "tests")
            switch kind {
            case .smtp:
                let gossip = "<\(Fixtures.address)> jane.doe JANE.DOE@customer.example is none of ours"
                let server = try ScriptedServer(SMTPScript(recipient: refusing ? "550 \(gossip)" : "250 Ok").run)
                sender = try Fixtures.smtpSender(port: server.port, reactor: reactor)
                (self.server, folder, notification) = (server, nil, try Fixtures.email())
            case .twilio:
                let gossip = "\(Fixtures.phone) 4915112345678 \(Fixtures.authToken) \(Fixtures.accountSID)"
                let refusal = HTTPScript(status: 400, body: #"{"code":21211,"message":"\#(gossip)"}"#)
                let server = try ScriptedServer(refusing ? refusal.run : HTTPScript().run)
                sender = try Fixtures.twilioSender(port: server.port, reactor: reactor)
                (self.server, folder, notification) = (server, nil, try Fixtures.sms())
            case .fileMail:
                let folder = try TemporaryFolder()
                let path = refusing ? "/proc/none" : folder.path
                sender = FileMailSender(path: path, from: try Mailbox(parsing: "orders@ourco.example"))
                (server, self.folder, notification) = (nil, folder, try Fixtures.email())
            case .fileSMS:
                let folder = try TemporaryFolder()
                sender = FileSMSSender(path: refusing ? "/proc/none" : folder.path)
                (server, self.folder, notification) = (nil, folder, try Fixtures.sms())
            }
        }

        deinit {
            server?.stop()
        }
    }

    @Test("accepts a notification of its channel and reports its name, an id and a time", arguments: Kind.allCases)
    func accepts(_ kind: Kind) async throws {
        let subject = try Subject(kind)
        #expect(subject.sender.channel == subject.notification.channel)
        let report = await subject.sender.send(subject.notification)
        guard case .accepted(let id) = report.result else {
            Issue.record("\(report.result)")
            return
        }
        #expect(id?.isEmpty == false)
        #expect(report.provider == subject.sender.name)
        #expect(report.timings.total > .zero)
        await subject.sender.shutdown()
    }

    @Test("leaks no secret and no address in the report, although the provider repeats them", arguments: Kind.allCases)
    func leaksNothing(_ kind: Kind) async throws {
        for refusing in [true, false] {
            let subject = try Subject(kind, refusing: refusing)
            let report = await subject.sender.send(subject.notification)
            let text = "\(report)".lowercased()
            for secret in [
                Fixtures.address, "jane.doe", Fixtures.phone, "15112345678", Fixtures.authToken, Fixtures.accountSID,
                "thanks",
            ] {
                #expect(!text.contains(secret.lowercased()), "\(secret) is in \(text)")
            }
            await subject.sender.shutdown()
        }
    }

    @Test("a notification of the other channel is permanent, and nothing is sent", arguments: Kind.allCases)
    func otherChannel(_ kind: Kind) async throws {
        let subject = try Subject(kind)
        let other = try subject.sender.channel == .email ? Fixtures.sms() : Fixtures.email()
        #expect(await subject.sender.send(other).result.code == .addressMissing)
        await subject.sender.shutdown()
    }

    @Test("a task cancelled before it sends leaves nothing behind", arguments: Kind.allCases)
    func cancelledBefore(_ kind: Kind) async throws {
        let subject = try Subject(kind)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await subject.sender.send(subject.notification).result
        }
        #expect(await task.value == .abandoned)
        await subject.sender.shutdown()
    }

    @Test("the probe finds a provider that is there healthy, and one line says so", arguments: Kind.allCases)
    func probes(_ kind: Kind) async throws {
        let subject = try Subject(kind)
        guard case .healthy(let line) = await subject.sender.probe() else {
            Issue.record("not healthy")
            return
        }
        #expect(!line.contains("\n"))
        await subject.sender.shutdown()
    }

    @Test("shutting down twice is as good as once, and what is sent afterwards is abandoned", arguments: Kind.allCases)
    func shutsDown(_ kind: Kind) async throws {
        let subject = try Subject(kind)
        _ = await subject.sender.send(subject.notification)
        await subject.sender.shutdown()
        await subject.sender.shutdown()
        #expect(await subject.sender.send(subject.notification).result == .abandoned)
    }
}

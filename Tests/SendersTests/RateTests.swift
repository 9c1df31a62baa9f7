import DomainEvents
import NotifyTestKit
import Pipeline
import Reactor
import Testing
import Transfer

@testable import Senders

/// `smtp.rate` and `twilio.rate`, as whole senders keep them.
@Suite("Senders with a rate", .timeLimit(.minutes(1)))
struct RateTests {
    private let reactor = Reactor(label: "tests")

    /// A sender of each kind with this many messages a second.
    private func senders(_ mail: ScriptedServer, _ web: ScriptedServer, rate: Double) throws
        -> [(any Sender, OutgoingNotification)]
    {
        [
            (try Fixtures.smtpSender(port: mail.port, reactor: reactor, rate: rate), try Fixtures.email()),
            (try Fixtures.twilioSender(port: web.port, reactor: reactor, rate: rate), try Fixtures.sms()),
        ]
    }

    @Test("who would have to wait over half of send.timeout is throttled at once, and nobody is asked")
    func throttles() async throws {
        let mail = try ScriptedServer(SMTPScript().run)
        let web = try ScriptedServer(HTTPScript().run)
        defer { for server in [mail, web] { server.stop() } }
        for (sender, notification) in try senders(mail, web, rate: 0.0003) {
            #expect(await sender.send(notification).standing == .working)
            let report = await sender.send(notification)
            guard case .throttled(_, let detail) = report.result else {
                Issue.record("\(report.result)")
                return
            }
            #expect(detail.contains("\(sender.name).rate"))
            #expect(report.standing == .unknown)
            await sender.shutdown()
        }
        #expect(mail.notes.count { $0 == "message" } == 1)
        #expect(web.notes.count { $0.hasPrefix("POST ") } == 1)
    }

    @Test("a send begins when its turn has come, not while it waits for it; one that may not begin asks nobody")
    func begins() async throws {
        let mail = try ScriptedServer(SMTPScript().run)
        let web = try ScriptedServer(HTTPScript().run)
        defer { for server in [mail, web] { server.stop() } }
        let begun = Calls<String>()
        for (sender, notification) in try senders(mail, web, rate: 0.25) {
            let refusing = SendSteps(begin: {
                begun.note(sender.name)
                return false
            })
            #expect(await sender.send(notification, refusing).result == .abandoned)
            // The next one's turn is in four seconds.
            let waiting = Task { await sender.send(notification, refusing) }
            waiting.cancel()
            #expect(await waiting.value.result == .abandoned)
            await sender.shutdown()
        }
        #expect(begun.all == ["smtp", "twilio"])
        #expect(!mail.notes.contains("message") && !web.notes.contains { $0.hasPrefix("POST ") })
    }

    @Test("cancelled while it waits for its turn: abandoned, and nobody is asked")
    func cancelled() async throws {
        let mail = try ScriptedServer(SMTPScript().run)
        let web = try ScriptedServer(HTTPScript().run)
        defer { for server in [mail, web] { server.stop() } }
        // The second one's turn is in four seconds, within the time it may wait.
        for (sender, notification) in try senders(mail, web, rate: 0.25) {
            #expect(await sender.send(notification).standing == .working)
            let waiting = Task { await sender.send(notification) }
            waiting.cancel()
            let report = await waiting.value
            #expect(report.result == .abandoned)
            #expect(report.standing == .unknown)
            await sender.shutdown()
        }
        #expect(mail.notes.count { $0 == "message" } == 1)
        #expect(web.notes.count { $0.hasPrefix("POST ") } == 1)
    }

    @Test("messages go in the order they came, each once")
    func order() async throws {
        let web = try ScriptedServer(HTTPScript().run)
        defer { web.stop() }
        let sender = try Fixtures.twilioSender(port: web.port, reactor: reactor, rate: 20)
        let numbers = 0..<10
        let notifications = try numbers.map { number in
            var notification = try Fixtures.sms()
            notification.content = .sms(text: "number\(number)", segments: 1)
            return notification
        }
        // Tasks of one executor begin in the order they are made.
        let tasks = notifications.map { notification in reactor.task { await sender.send(notification) } }
        for task in tasks { #expect(await task.value.standing == .working) }
        let bodies = web.notes.filter { $0.hasPrefix("To=") }.compactMap { $0.split(separator: "=").last }
        #expect(bodies.map(String.init) == numbers.map { "number\($0)" })
    }
}

import Broker
import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Reactor
import Senders
import Testing
import Transfer

@testable import NotifyDaemon

@Suite("Servers that accept and say nothing, all on one reactor")
struct SilentServersTests {
    /// Hears nothing, since nothing comes.
    struct Deaf: DeliveryHandler {
        func received(_ deliveries: [Delivery]) {}
        func changed(_ event: BrokerEvent) {}
    }

    @Test("a silent broker, database, SMTP and HTTP server hold up neither each other nor the reactor's timers")
    func othersGoOn() async throws {
        let listener = try LoopbackListener()
        let reactor = Reactor(label: "test")
        let engine = try TransferEngine(reactor: reactor, userAgent: "test")
        let port = listener.port

        let consumer = EventConsumer(
            configuration: BrokerConfiguration(
                nodes: [BrokerNode(host: "127.0.0.1", port: UInt16(port))],
                client: BrokerClient(connectionName: "test", product: "test", version: "0"),
                topology: BrokerTopology(routingKeys: ["user.signup"]),
                connectTimeout: .seconds(5)
            ),
            reactor: reactor,
            handler: Deaf()
        )
        await consumer.start()
        let database = Task {
            try await DatabaseConnection.open(
                ConnectionTarget(url: "postgres://127.0.0.1:\(port)/x", applicationName: "test", schema: nil),
                reactor: reactor,
                timeout: .milliseconds(400)
            )
        }
        let mail = Task {
            try await engine.openMailSession(
                MailSessionRequest(
                    url: "smtp://127.0.0.1:\(port)",
                    heloName: "test",
                    startTLS: .never,
                    connectTimeout: .milliseconds(400)
                )
            )
        }
        let web = Task {
            try await engine.http(
                HTTPRequest(method: "GET", url: "http://127.0.0.1:\(port)/", timeout: .milliseconds(400))
            )
        }
        // Each of these turns of the reactor would wait for ever behind one blocked call.
        var turns = 0
        while turns < 50 {
            try await reactor.sleep(for: .milliseconds(2))
            turns += 1
        }
        let failedDatabase = await #expect(throws: DatabaseError.self) { _ = try await database.value }
        let failedMail = await #expect(throws: TransferFailure.self) { _ = try await mail.value }
        let failedWeb = await #expect(throws: TransferFailure.self) { _ = try await web.value }
        #expect(failedDatabase?.code == .connect)
        #expect(failedMail?.kind == .timeout)
        #expect(failedWeb?.kind == .timeout || failedWeb?.kind == .noAnswer)
        await consumer.close()
        await engine.shutdown()
    }
}

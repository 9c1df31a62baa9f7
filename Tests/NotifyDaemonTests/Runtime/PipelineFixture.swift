import Broker
import Database
import DomainEvents
import FoundationEssentials
import Logging
import NotificationLog
import NotifyTestKit
import Pipeline
import Reactor
import Senders
import Synchronization
import Telemetry
import Testing
import Transfer

@testable import NotifyDaemon

/// Accepts everything and keeps it; every call has to come on the reactor.
final class RecordingSender: Sender {
    let name = "recording"
    let channel: Channel
    private let reactor: Reactor
    private let sent = Mutex<[OutgoingNotification]>([])
    private let verdicts: Mutex<[DeliveryVerdict]>
    /// Whose wake-ups are lost; nil: nobody's.
    private let lost: Mutex<[CheckedContinuation<Void, Never>]?>

    /// - Parameters:
    ///   - verdicts: given one after the other; then everything is accepted.
    ///   - losesWakeUps: a send does not return before `wakeUp()`, as if its wake-up had got lost.
    init(_ channel: Channel, reactor: Reactor, verdicts: [DeliveryVerdict] = [], losesWakeUps: Bool = false) {
        self.channel = channel
        self.reactor = reactor
        lost = Mutex(losesWakeUps ? [] : nil)
        self.verdicts = Mutex(verdicts)
    }

    var notifications: [OutgoingNotification] { sent.withLock { $0 } }

    func send(
        _ notification: OutgoingNotification,
        _ steps: SendSteps
    ) async -> SendReport {
        reactor.preconditionIsolated()
        guard await steps.begin() else { return SendReport(result: .abandoned, provider: name, timings: .zero) }
        sent.withLock { $0.append(notification) }
        steps.lastByteIsOut()
        await withCheckedContinuation { waiter in
            let isLost = lost.withLock { lost in
                lost?.append(waiter)
                return lost != nil
            }
            if !isLost { waiter.resume() }
        }
        let verdict = verdicts.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        return SendReport(
            result: verdict ?? .accepted(providerMessageID: "id"),
            provider: name,
            timings: TransferTimings(dns: .zero, connect: .zero, tls: .zero, total: .milliseconds(1))
        )
    }

    func wakeUp() {
        let waiters = lost.withLock { lost in
            defer { lost = nil }
            return lost
        }
        for waiter in waiters ?? [] { waiter.resume() }
    }

    func probe() async -> ProbeResult { .healthy("records") }
    func shutdown() async {}
}

/// The pipeline on a schema of its own in the real Postgres, between a scripted broker and a recording sender.
struct PipelineFixture {
    let reactor = Reactor(label: "test")
    let store: NotificationStore
    let target: ConnectionTarget
    let schema: String
    let sender: RecordingSender
    let pipeline: EventPipeline
    let answers: AsyncStream<(DeliveryID, Disposition)>

    init(
        verdicts: [DeliveryVerdict] = [],
        retry: [Duration] = [.seconds(60)],
        losesWakeUps: Bool = false,
        limits: StageLimits = StageLimits(database: .seconds(60), send: .seconds(60))
    ) async throws {
        let url = try #require(TestServers.databaseURL)
        schema = "test_\(UUIDv7.generate().uuidString.lowercased().replacing("-", with: ""))"
        target = try ConnectionTarget(url: url, applicationName: "test", schema: schema)
        _ = try await SchemaMigrator(target: target, schema: schema, reactor: reactor).migrate()
        store = NotificationStore(
            target: target,
            reactor: reactor,
            lease: .seconds(120),
            grace: TakeOverGrace(afterServerStart: .zero),
            observer: { _ in }
        )
        await store.start()
        sender = RecordingSender(.email, reactor: reactor, verdicts: verdicts, losesWakeUps: losesWakeUps)
        let logs = LogBackend(service: "test", style: LogStyle(form: .json), writer: LineWriter(descriptor: -1))
        let senders = SenderSet(email: [sender], sms: [])
        let parts = PipelineParts(
            reactor: reactor,
            log: store,
            decoder: EventDecoder(),
            router: ChannelRouter(availableProviders: [.email]),
            schedule: RetrySchedule(delays: retry),
            senders: senders,
            providers: ProviderBoard(
                senders: senders,
                prefetch: 256,
                reactor: reactor,
                logger: { logs.logger($0) },
                health: HealthBoard([:]),
                demands: { _ in }
            ),
            vault: MessageVault(key: nil),
            protector: AddressProtector(key: Array(repeating: 7, count: 32)),
            leases: LeaseKeeper(
                claims: store.claims,
                lease: .seconds(120),
                reactor: reactor,
                log: logs.logger("test")
            ),
            spans: EventSpans(tracer: TelemetryTracer(), queue: "notifications.events", databaseName: "test"),
            metrics: DaemonMetrics(
                factory: PrometheusMetrics(MetricTable.all),
                exchange: "domain-events",
                queue: "notifications.events",
                startedAt: Date()
            ),
            logger: logs.logger("test"),
            sendTimeout: .seconds(30),
            limits: limits,
            countsDeliveries: true,
            instanceID: "test",
            crashPoints: CrashPoints(environment: [:])
        )
        let (stream, continuation) = AsyncStream.makeStream(of: (DeliveryID, Disposition).self)
        answers = stream
        pipeline = EventPipeline(
            parts: parts,
            catalogue: try Catalogue.load(path: nil, options: CatalogueOptions()),
            answer: { [reactor] id, disposition, _ in
                reactor.preconditionIsolated()
                continuation.yield((id, disposition))
            }
        )
    }

    func payment(_ number: Int, tag: UInt64, amount: String = "19.99") -> Delivery {
        let body = """
            {"paymentId": "p\(number)", "userId": 7, "amount": "\(amount)", "currency": "EUR", "email": "a@example.com"}
            """
        return Delivery(
            id: DeliveryID(generation: 1, tag: tag),
            consumer: .events,
            exchange: "domain-events",
            routingKey: "payment.completed",
            properties: MessageProperties(messageID: "m\(tag)"),
            body: Array(body.utf8)
        )
    }

    /// Any event.
    ///
    /// - Parameter id: its `message_id`; nil: it brings none.
    func event(_ type: String, _ body: String, tag: UInt64, id: String?) -> Delivery {
        Delivery(
            id: DeliveryID(generation: 1, tag: tag),
            consumer: .events,
            exchange: "domain-events",
            routingKey: type,
            properties: MessageProperties(messageID: id),
            body: Array(body.utf8)
        )
    }

    /// The next `count` answers, by delivery tag.
    func answers(_ count: Int) async -> [UInt64: Disposition] {
        var found: [UInt64: Disposition] = [:]
        for await (id, disposition) in answers {
            found[id.tag] = disposition
            if found.count == count { break }
        }
        return found
    }

    /// A session of its own on the same schema; close it.
    func open() async throws -> DatabaseConnection {
        try await DatabaseConnection.open(target, reactor: reactor, timeout: .seconds(10))
    }

    func count(_ condition: String) async throws -> Int64 {
        let connection = try await open()
        let sql = "SELECT count(*) FROM \(condition)"
        let rows = try await connection.run([Statement(sql)], timeout: .seconds(10))[0].rows
        await connection.close()
        return try rows[0].integer(0)
    }

    func close() async throws {
        await store.close()
        let connection = try await open()
        try await connection.runScript("DROP SCHEMA \"\(schema)\" CASCADE", timeout: .seconds(20))
        await connection.close()
    }
}

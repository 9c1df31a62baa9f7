import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Reactor
import Testing

@testable import NotificationLog

/// A schema of its own on the real server, migrated, with everything that works on it.
struct TestLog {
    let schema: String
    let reactor = Reactor(label: "test")
    let log: NotificationStore
    let target: ConnectionTarget

    /// - Parameter grace: none, so that expired leases are taken over at once.
    init(
        lease: Duration = .seconds(60),
        grace: TakeOverGrace = TakeOverGrace(afterServerStart: .zero)
    ) async throws {
        let url = try #require(TestServers.databaseURL)
        schema = "test_\(UUID().uuidString.lowercased().replacing("-", with: ""))"
        target = try ConnectionTarget(url: url, applicationName: "test", schema: schema)
        _ = try await SchemaMigrator(target: target, schema: schema, reactor: reactor).migrate()
        log = NotificationStore(target: target, reactor: reactor, lease: lease, grace: grace, observer: { _ in })
        await log.start()
        // The poller's lane does not wait for its connection by itself.
        let isConnected = await eventually { [log] in
            do {
                _ = try await log.parked.timeToNextDue()
                return true
            } catch {
                return false
            }
        }
        try #require(isConnected)
    }

    func close() async throws {
        await log.close()
        let connection = try await connection()
        try await connection.runScript("DROP SCHEMA \"\(schema)\" CASCADE", timeout: .seconds(20))
        await connection.close()
    }

    func connection() async throws -> DatabaseConnection {
        try await DatabaseConnection.open(target, reactor: reactor, timeout: .seconds(10))
    }

    /// The first row of a query, every column cast to text by the query itself.
    func row(_ sql: String, columns: Int = 1) async throws -> [String?]? {
        let connection = try await connection()
        let rows = try await connection.run([Statement(sql)], timeout: .seconds(10))[0].rows
        await connection.close()
        return try rows.first.map { row in try (0..<columns).map { try row.optionalText($0) } }
    }

    func execute(_ sql: String) async throws {
        let connection = try await connection()
        try await connection.runScript(sql, timeout: .seconds(10))
        await connection.close()
    }

    func request(
        _ key: String,
        channels: [LogChannel] = [.channel(.email)],
        fingerprint: [UInt8] = [1]
    ) -> ClaimRequest {
        ClaimRequest(
            key: EventKey(eventType: "payment.completed", dedupeKey: key),
            eventID: "event-\(key)",
            recipientID: "42",
            fingerprint: fingerprint,
            channels: channels,
            resendChannels: [.email],
            token: UUID(),
            notificationIDs: channels.map { _ in UUID() }
        )
    }

    func claimed(_ request: ClaimRequest) async throws -> Claim {
        guard case .claimed(let claim) = try await log.claims.claim(request).outcome else {
            throw TestFailure("not claimed")
        }
        return claim
    }

    func settlement(
        _ claim: Claim,
        index: Int = 0,
        status: NotificationStatus = .sent,
        parking: Parking? = nil
    ) -> Settlement {
        let notification = claim.notifications[index]
        let record = AuditRecord(
            channel: notification.channel,
            recipientID: "42",
            status: status,
            attempts: notification.attempts + 1,
            receivedAt: Date()
        )
        var attempt = AttemptRecord(
            number: notification.attempts + 1,
            startedAt: Date(),
            duration: .milliseconds(12),
            provider: "smtp",
            outcome: status.rawValue
        )
        attempt.dns = .milliseconds(3)
        return Settlement(
            claim: claim,
            index: index,
            state: parking == nil ? .settled : .parked,
            record: record,
            attempt: attempt,
            parking: parking,
            deadLetter: status == .failed ? .failed : nil,
            message: StoredMessage(body: [1, 2, 3], headers: "{}")
        )
    }
}

struct TestFailure: Error {
    var message: String
    init(_ message: String) { self.message = message }
}

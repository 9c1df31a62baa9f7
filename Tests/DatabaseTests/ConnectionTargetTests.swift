import NotifyTestKit
import Reactor
import Testing

@testable import Database

@Suite("Connection targets and failures, without a server")
struct ConnectionTargetTests {
    @Test("a URI is taken apart and pinned to its schema")
    func parses() throws {
        let target = try ConnectionTarget(
            url: "postgres://user:secret@db.example:6543/notify?sslmode=verify-full",
            applicationName: "notifyd",
            schema: "notifications"
        )
        #expect(target.address == ("db.example", 6543))
        #expect(target.databaseName == "notify")
        #expect(target.parameters["options"] == #"-c search_path="notifications""#)
        #expect(target.parameters["sslmode"] == "verify-full")
    }

    @Test("a string libpq does not understand is a configuration error that repeats no password")
    func refuses() {
        let failed = #expect(throws: DatabaseError.self) {
            try ConnectionTarget(url: "postgres://u:hunter2@h:port:1/x?nope=1", applicationName: "n", schema: nil)
        }
        #expect(failed?.code == .configuration)
        #expect(failed?.message.contains("hunter2") == false)
    }

    @Test("nobody listening is a connect error, in one line")
    func refusedConnection() async throws {
        let port = try LoopbackListener.unusedPort()
        let target = try ConnectionTarget(url: "postgres://127.0.0.1:\(port)/x", applicationName: "n", schema: nil)
        let failed = await #expect(throws: DatabaseError.self) {
            try await DatabaseConnection.open(target, reactor: Reactor(label: "test"), timeout: .seconds(5))
        }
        #expect(failed?.code == .connect)
        #expect(failed?.message.contains("\n") == false)
    }

    @Test("where several hosts refuse, the one line names each of them")
    func severalRefuse() async throws {
        let ports = [try LoopbackListener.unusedPort(), try LoopbackListener.unusedPort()]
        let target = try ConnectionTarget(
            url: "postgres://127.0.0.1:\(ports[0]),127.0.0.1:\(ports[1])/x",
            applicationName: "n",
            schema: nil
        )
        let failed = await #expect(throws: DatabaseError.self) {
            try await DatabaseConnection.open(target, reactor: Reactor(label: "test"), timeout: .seconds(5))
        }
        #expect(failed?.code == .connect)
        #expect(ports.allSatisfy { failed?.message.contains("\($0)") == true })
        #expect(failed?.message.contains("\n") == false)
    }

    @Test("a server that accepts and says nothing is given up after the deadline, and the reactor turns meanwhile")
    func silentServer() async throws {
        let listener = try LoopbackListener()
        let reactor = Reactor(label: "test")
        let target = try ConnectionTarget(
            url: "postgres://127.0.0.1:\(listener.port)/x",
            applicationName: "n",
            schema: nil
        )
        let opening = Task { try await DatabaseConnection.open(target, reactor: reactor, timeout: .milliseconds(300)) }
        let failed = await #expect(throws: DatabaseError.self) { _ = try await opening.value }
        #expect(failed?.code == .connect)
    }

    @Test("backoff doubles to its ceiling and never falls below half of it")
    func backoff() {
        var backoff = LaneBackoff()
        let delays = (0..<8).map { _ in backoff.next(random: 0) }
        #expect(delays.first == .milliseconds(50))
        #expect(delays.last == .milliseconds(2500))
        var other = LaneBackoff()
        #expect(other.next(random: 0.999) < .milliseconds(100))
    }

    @Test("a connection that did not live counts as a failed try, one that did begins anew and at once")
    func unprovenConnections() {
        var backoff = LaneBackoff()
        #expect(backoff.pause(random: 0) == nil)
        backoff.connectionEnded(after: .milliseconds(10))
        #expect(backoff.pause(random: 0) == .milliseconds(50))
        backoff.connectionEnded(after: .milliseconds(10))
        #expect(backoff.pause(random: 0) == .milliseconds(100))
        #expect(backoff.pause(random: 0) == nil)
        backoff.connectionEnded(after: LaneBackoff.provenLifetime)
        #expect(backoff.pause(random: 0) == nil)
        #expect(backoff.next(random: 0) == .milliseconds(50))
    }

    @Test("only connection errors may be repeated blindly, only data errors are halved")
    func classes() {
        #expect(DatabaseError(.server, "m", sqlState: "57P01").isConnectionFailure)
        #expect(DatabaseError(.server, "m", sqlState: "25006").isConnectionFailure)
        #expect(!DatabaseError(.server, "m", sqlState: "42P01").isConnectionFailure)
        #expect(DatabaseError(.server, "m", sqlState: "40P01").isRetriable)
        #expect(DatabaseError(.server, "m", sqlState: "22021").isCausedByData)
        #expect(!DatabaseError(.server, "m", sqlState: "40001").isCausedByData)
    }
}

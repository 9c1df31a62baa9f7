import Database
import NotificationLog
import Reactor

/// A lane to Postgres for one command: it must be there now, nobody waits for it.
struct CommandDatabase {
    let wiring: Wiring
    let lane: DatabaseLane

    private static let connectTimeout = Duration.seconds(10)

    /// - Throws: a connection failure at once when the server is away.
    init(_ wiring: Wiring) async throws(DatabaseError) {
        self.wiring = wiring
        let target = try wiring.databaseTarget()
        // A lane tries for ever; whether anybody is there is found out by one connection before it.
        let connection = try await DatabaseConnection.open(
            target,
            reactor: wiring.reactor,
            timeout: Self.connectTimeout
        )
        await connection.close()
        lane = DatabaseLane(name: "command", target: target, reactor: wiring.reactor, observer: { _ in })
        await lane.start()
        await lane.untilConnected()
    }

    var queries: AuditQueries { AuditQueries(lane: lane) }

    var contacts: ContactStore { ContactStore(lane: lane, reactor: wiring.reactor) }

    var deadLetters: DeadLetterStore { DeadLetterStore(lane: lane) }

    var uncertain: UncertainStore { UncertainStore(lane: lane) }

    var pauses: PauseStore { PauseStore(lane: lane) }

    var stories: StoryQueries { StoryQueries(lane: lane) }

    var contactRegister: ContactRegister { ContactRegister(lane: lane) }

    func close() async {
        await lane.close()
    }
}

/// Runs the work of a command over a connection that is closed again, whatever comes of it.
func withCommandDatabase<Result: Sendable>(
    _ wiring: Wiring,
    _ work: (CommandDatabase) async throws -> Result
) async throws -> Result {
    let database = try await CommandDatabase(wiring)
    do {
        let result = try await work(database)
        await database.close()
        return result
    } catch {
        await database.close()
        throw error
    }
}

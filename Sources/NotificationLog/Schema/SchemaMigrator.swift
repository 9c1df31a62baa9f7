import Database
import Reactor

/// Brings the schema up to date and says what it did.
public struct SchemaMigrator: Sendable {
    private let target: ConnectionTarget
    private let schema: String
    private let reactor: Reactor

    /// - Parameter target: of the role that may change the schema.
    public init(target: ConnectionTarget, schema: String, reactor: Reactor) {
        self.target = target
        self.schema = schema
        self.reactor = reactor
    }

    /// Applies what is missing, each step in its own transaction under an advisory lock.
    ///
    /// A schema that is up to date needs no right to change anything.
    /// - Parameter onStep: told of each step that is in place, those that were before among them.
    /// - Returns: the versions applied by this call or, when replicas start together, beside it.
    /// - Throws: `DatabaseError`; `configuration` when the schema is newer than this program knows.
    public func migrate(
        connectTimeout: Duration = .seconds(10),
        onStep: () -> Void = {}
    ) async throws(DatabaseError) -> [Int] {
        let connection = try await DatabaseConnection.open(target, reactor: reactor, timeout: connectTimeout)
        do throws(DatabaseError) {
            let applied = try await migrate(over: connection, onStep)
            await connection.close()
            return applied
        } catch {
            await connection.close()
            throw error
        }
    }

    private func migrate(
        over connection: DatabaseConnection,
        _ onStep: () -> Void
    ) async throws(DatabaseError) -> [Int] {
        let before = try await versions(over: connection)
        if let newest = before.max(), newest > Migration.newest {
            throw DatabaseError(
                .configuration,
                "schema \(schema) is at version \(newest), this notifyd knows \(Migration.newest): install a newer notifyd"
            )
        }
        let missing = Migration.all.filter { !before.contains($0.version) }
        for _ in missing.count..<Migration.all.count { onStep() }
        guard !missing.isEmpty else { return [] }
        try await connection.runScript(Migration.preparation(schema: schema), timeout: Self.patience)
        for migration in missing {
            try await connection.runScript(migration.guarded(schema: schema), timeout: Self.patience)
            onStep()
        }
        return missing.map(\.version)
    }

    /// Versions in place; none when the schema does not exist yet.
    private func versions(over connection: DatabaseConnection) async throws(DatabaseError) -> Set<Int> {
        let table = "\(SQLText.identifier(schema)).schema_migration"
        let exists = try await connection.run(
            [Statement("SELECT to_regclass($1::text) IS NOT NULL", [.text(table)])],
            timeout: Self.patience
        )
        guard try exists[0].rows[0].boolean(0) else { return [] }
        let rows = try await connection.run([Statement("SELECT version FROM \(table)")], timeout: Self.patience)[0].rows
        var versions: Set<Int> = []
        for row in rows { versions.insert(Int(try row.integer(0))) }
        return versions
    }

    /// A migration may rewrite tables: far longer than any ordinary statement.
    private static let patience = Duration.seconds(600)
}

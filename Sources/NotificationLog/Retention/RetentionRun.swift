import Database
import Reactor

/// Applies `audit.keep` once: makes the tables of coming months, forgets what is settled and past, drops past months.
public struct RetentionRun: Sendable {
    private let target: ConnectionTarget
    private let keep: Duration
    private let reactor: Reactor

    /// So many months beyond the present one have their tables: a role without the right to make them may be forgotten for a
    /// year before rows fall into the default partition.
    public static let monthsAhead = 12
    /// Rows a transaction of each kind: it locks few, and not for long.
    static let batch = 1000

    /// - Parameters:
    ///   - target: of a role that may call the schema's `retention_…` functions; their owner may.
    ///   - keep: the value of `audit.keep`, at least a day.
    public init(target: ConnectionTarget, keep: Duration, reactor: Reactor) {
        self.target = target
        self.keep = keep
        self.reactor = reactor
    }

    /// Runs over a connection of its own, one at a time for each schema: the others find it `running`.
    ///
    /// It may be broken off anywhere, and whoever comes next goes on.
    /// - Throws: `DatabaseError`; 55P03 when a long transaction (a dump) holds a table that it must lock for a moment.
    public func run(connectTimeout: Duration = .seconds(10)) async throws(DatabaseError) -> RetentionOutcome {
        let connection = try await DatabaseConnection.open(target, reactor: reactor, timeout: connectTimeout)
        do throws(DatabaseError) {
            let outcome = try await run(over: connection)
            await connection.close()
            return outcome
        } catch {
            await connection.close()
            throw error
        }
    }

    private func run(over connection: DatabaseConnection) async throws(DatabaseError) -> RetentionOutcome {
        let rights = try await Self.rights(over: connection)
        guard rights.mayApply else { return .forbidden(role: rights.role) }
        guard try await isFirst(over: connection) else { return .running }
        var report = RetentionReport()
        let months = Statement(
            "SELECT unnest(retention_make_months($1::int4))",
            [.integer(Int64(Self.monthsAhead))]
        )
        for row in try await rows(months, over: connection) { report.madeTables.append(try row.text(0)) }
        try await deleteAll(over: connection, into: &report)
        let drop = Statement("SELECT retention_drop_month(make_interval(secs => $1))", [.double(keep.seconds)])
        while let table = try await rows(drop, over: connection).first?.optionalText(0) {
            report.droppedTables.append(table)
        }
        return .applied(report)
    }

    /// Rests as long as each batch took, so that it never takes more than half of what the server gives one connection.
    private func deleteAll(
        over connection: DatabaseConnection,
        into report: inout RetentionReport
    ) async throws(DatabaseError) {
        let statement = Statement(
            "SELECT kind, removed FROM retention_delete(make_interval(secs => $1), $2::int4)",
            [.double(keep.seconds), .integer(Int64(Self.batch))]
        )
        while true {
            let start = ContinuousClock.now
            var most = 0
            for row in try await rows(statement, over: connection) {
                let count = Int(try row.integer(1))
                report.add(count, of: try row.text(0))
                most = max(most, count)
            }
            guard most == Self.batch else { return }
            try? await reactor.sleep(for: start.duration(to: .now))
        }
    }

    private func rows(
        _ statement: Statement,
        over connection: DatabaseConnection
    ) async throws(DatabaseError) -> [ResultRow] {
        try await connection.run([statement], timeout: Self.patience)[0].rows
    }

    /// The lock is the session's: it goes with the connection, whatever becomes of us.
    private func isFirst(over connection: DatabaseConnection) async throws(DatabaseError) -> Bool {
        // "keep" in ASCII beside the schema's name: several instances may share a database.
        let sql = "SELECT pg_try_advisory_lock(x'6b656570'::int4, hashtext(current_schema()))"
        return try await rows(Statement(sql), over: connection)[0].boolean(0)
    }

    /// Who the connection is, and whether that role may apply `audit.keep`.
    ///
    /// - Throws: `configuration` when the schema has no such functions yet, or the role may not look into it.
    public static func rights(
        over connection: DatabaseConnection
    ) async throws(DatabaseError) -> (role: String, mayApply: Bool) {
        let sql = """
            SELECT current_user::text, bool_and(has_function_privilege(p.oid, 'EXECUTE'))
            FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.proname IN
                ('retention_make_months', 'retention_delete', 'retention_drop_month')
            HAVING count(*) = 3
            """
        guard let row = try await connection.run([Statement(sql)], timeout: patience)[0].rows.first else {
            throw DatabaseError(
                .configuration,
                "no functions for audit.keep are there, or not for this role: run notifyd migrate, or grant it the schema"
            )
        }
        return (try row.text(0), try row.boolean(1))
    }

    /// For so many days from now the audit log has tables of their own; nil: there is no log yet.
    public static func daysAhead(over connection: DatabaseConnection) async throws(DatabaseError) -> Int? {
        let sql = #"""
            SELECT floor(extract(epoch FROM max(
                substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([^'']*)''\)')::timestamptz
            ) - now()) / 86400)::int8
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = to_regclass('notification_log')
            HAVING count(*) > 0
            """#
        guard let row = try await connection.run([Statement(sql)], timeout: patience)[0].rows.first else { return nil }
        return try row.optionalInteger(0).map { Int($0) } ?? 0
    }

    /// A batch waits for disks, a dropped month for its files to be gone: longer than any ordinary statement.
    private static let patience = Duration.seconds(300)
}

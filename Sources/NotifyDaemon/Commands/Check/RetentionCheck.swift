import Database
import NotificationLog

/// Whether the audit log has tables for the coming months, and whether anybody here may drop those that are past.
struct RetentionCheck {
    private let wiring: Wiring

    init(_ wiring: Wiring) {
        self.wiring = wiring
    }

    /// Nothing where the schema is not migrated yet: then there is nothing to keep.
    ///
    /// - Parameter connection: of the role that runs.
    func lines(beside connection: DatabaseConnection) async -> [CheckLine] {
        do {
            guard let days = try await RetentionRun.daysAhead(over: connection) else { return [] }
            return [Self.months(days), try await rights()]
        } catch {
            return [CheckLine("database", error.isConnectionFailure ? .unreachable : .failed, "retention: \(error)")]
        }
    }

    private static func months(_ days: Int) -> CheckLine {
        if days > 31 { return CheckLine("database", .ok, "audit log: tables for the next \(days) days") }
        return CheckLine(
            "database",
            .warning,
            "audit log: tables for the next \(max(0, days)) days only, later rows go to the default partition;"
                + " run notifyd retain"
        )
    }

    private func rights() async throws(DatabaseError) -> CheckLine {
        let connection = try await DatabaseConnection.open(
            try wiring.retentionTarget(),
            reactor: wiring.reactor,
            timeout: .seconds(10)
        )
        do throws(DatabaseError) {
            let (role, mayApply) = try await RetentionRun.rights(over: connection)
            await connection.close()
            if mayApply { return CheckLine("database", .ok, "audit.keep: run applies it daily as \(role)") }
            return CheckLine(
                "database",
                .warning,
                "audit.keep: the role \(role) may not apply it; set database.retentionUrl, or run notifyd retain daily"
                    + " with a role that may"
            )
        } catch {
            await connection.close()
            throw error
        }
    }
}

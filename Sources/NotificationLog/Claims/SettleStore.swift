import Database
import Reactor

/// Writes how notifications ended, many in one commit.
public struct SettleStore: Sendable {
    private let batcher: Batcher<Settlement, SettleOutcome>

    public init(lane: DatabaseLane, reactor: Reactor) {
        batcher = Batcher(reactor: reactor) { settlements throws(DatabaseError) in
            let settle = Statement(SettleStatement.sql, SettleStatement.columns.parameters(settlements))
            let removeCopies = Statement(
                SettleStatement.removeCopies,
                [.texts(settlements.map(\.key.eventType)), .texts(settlements.map(\.key.dedupeKey))]
            )
            let rows = try await lane.runUntilCommitted([settle, removeCopies])[0].rows
            var fenced: Set<EventKey> = []
            for row in rows {
                fenced.insert(EventKey(eventType: try row.text(0), dedupeKey: try row.text(1)))
            }
            return settlements.map { fenced.contains($0.key) ? .settled : .claimLost }
        }
    }

    /// Waits for the commit, over lost connections too; only then may the message be acknowledged.
    public func settle(
        _ settlement: Settlement
    ) async throws(DatabaseError) -> (outcome: SettleOutcome, batch: BatchInfo) {
        let committed = try await batcher.submit(settlement)
        return (committed.reply, committed.batch)
    }
}

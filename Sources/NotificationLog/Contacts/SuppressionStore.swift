import Database
import DomainEvents
import Reactor

/// Addresses that must not be written to any more, by their keyed hash.
public struct SuppressionStore: Sendable {
    struct Request: BatchRequest {
        var addressHash: String
        var channel: Channel
        var key: String { addressHash + channel.rawValue }
        var isWrite: Bool { false }
        var weight: Int { 128 }
    }

    private let batcher: Batcher<Request, Bool>

    public init(lane: DatabaseLane, reactor: Reactor) {
        batcher = Batcher(reactor: reactor) { requests throws(DatabaseError) in
            let sql = """
                SELECT address_hash || channel FROM suppression
                WHERE (address_hash, channel) IN (SELECT * FROM unnest($1::text[], $2::text[]))
                """
            let parameters: [SQLValue] = [
                .texts(requests.map(\.addressHash)), .texts(requests.map(\.channel.rawValue)),
            ]
            var found: Set<String> = []
            for row in try await lane.runUntilCommitted([Statement(sql, parameters)])[0].rows {
                found.insert(try row.text(0))
            }
            return requests.map { found.contains($0.key) }
        }
    }

    /// True when the recipient behind the address said STOP on that channel.
    public func isSuppressed(_ addressHash: String, on channel: Channel) async throws(DatabaseError) -> Bool {
        try await batcher.submit(Request(addressHash: addressHash, channel: channel)).reply
    }
}

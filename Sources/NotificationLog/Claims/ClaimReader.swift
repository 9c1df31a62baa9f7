import Database
import DomainEvents
import FoundationEssentials

/// Reads the rows of `ClaimStatements`.
enum ClaimReader {
    /// What the row says to the owner of `request`.
    static func outcome(of row: ResultRow, for request: ClaimRequest) throws(DatabaseError) -> ClaimOutcome {
        let lease = try row.optionalTimestamp(3)
        let isMine = try row.uuid(2) == request.token
        let fingerprint = try row.bytes(4)
        let claim = try claim(in: row, at: 5, key: request.key, token: request.token)
        // An event that nobody could read yet has no values to differ from; one that waits for its contact has.
        let isUnread = EventIdentity.isUnread(fingerprint ?? []) || EventIdentity.isUnread(request.fingerprint)
        guard isMine || fingerprint == request.fingerprint || (claim.isUndecided && isUnread) else {
            return .conflict
        }
        if isMine, lease != nil { return .claimed(claim) }
        guard !claim.open.isEmpty else { return .duplicate }
        // Given back between the batch's statements: nobody has it, and whoever asks again gets it.
        return .heldElsewhere(until: lease ?? claim.claimedAt)
    }

    /// Reads the columns of `ClaimStatements.claimed`, which begin at `first`.
    static func claim(
        in row: ResultRow,
        at first: Int,
        key: EventKey,
        token: UUID
    ) throws(DatabaseError) -> Claim {
        let begun = try row.texts(first + 4) ?? []
        let before = (try row.optionalText(first + 10) ?? "").split(separator: ",").map { Int($0) ?? 0 }
        let attempts = try (row.optionalText(first + 9) ?? "").split(separator: ",").map { Int($0) ?? 0 }
        let ids = try row.uuids(first + 3) ?? []
        let states = try row.texts(first + 2) ?? []
        let channels = try row.texts(first + 1) ?? []
        guard ids.count == channels.count, states.count == channels.count else {
            throw DatabaseError(.unexpectedResult, "an event row has \(channels.count) channels, \(ids.count) ids")
        }
        let notifications = channels.indices.map { index in
            ClaimedNotification(
                id: ids[index],
                channel: LogChannel(rawValue: channels[index]) ?? .none,
                state: ClaimedNotification.State(rawValue: states[index]) ?? .settled,
                attempts: attempts.indices.contains(index) ? attempts[index] : 0,
                attemptsBefore: before.indices.contains(index) ? before[index] : 0,
                isBegun: begun.contains(channels[index])
            )
        }
        return Claim(
            key: key,
            eventID: try row.text(first),
            token: token,
            notifications: notifications,
            resendCount: Int(try row.integer(first + 5)),
            claims: Int(try row.integer(first + 6)),
            createdAt: try row.timestamp(first + 7),
            claimedAt: try row.timestamp(first + 8)
        )
    }
}

/// One atomic step: a statement committed, a message moved, a fault.
struct Step: Hashable, Sendable, CustomStringConvertible {
    enum Name: String, Sendable {
        case deliver, insertEvent, takeOver, takeOverFindsNothing, readOwn, readDuplicate, readReleased, readHeld
        case parkCopy, parkCopyFindsNoClaim, looksBeforeParking, fixChannels, fixChannelsLost
        case begin, renew, beginRefused, abandon, withhold, ownerDied
        case lastByteAccepted, lastByteRefused, answerAccepted, answerTransient, answerMissing, cancelAfterLastByte
        case settle, settleClaimLost, lateAccepted, settleMissingCopy
        case release, releaseLost, nack, ack, takeDue, takeDueReplyLost, removeOver
        case crash, brokerConnectionLost, leaseRunsOut, leaseOfDeadRunsOut
        case connectionLostBeforeCommit, stragglerCommits, stragglerVanishes
        case resolveResend, resolveSent, replay, pause, resume, sweepPaused, contactArrives
    }

    var name: Name
    /// The replica; nil for what happens elsewhere.
    var replica: Int?
    /// The channel or copy.
    var place: Int?
    /// What the statement did is in Postgres; its reply is lost, and it will be sent again.
    var isReplyLost = false

    var description: String {
        let who = replica.map { $0 == 0 ? "A " : "B " } ?? ""
        return who + name.rawValue + (place.map { " \($0)" } ?? "") + (isReplyLost ? ", reply lost" : "")
    }
}

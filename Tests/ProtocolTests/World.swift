/// Everything that exists in the model at one moment: broker, Postgres, two replicas, the recipient's inbox.
///
/// Times are abstracted to what statements compare: a lease runs or has run out, and whatever waits may be due.
struct World: Hashable, Sendable {
    /// Two copies of one event in the main queue.
    var copies = Pair(CopyPlace.queued)
    /// What each replica works on: one passage at a time, since `KeyedTurns` lines up those of one key.
    var passages = Pair(Passage())
    var event = EventRow()
    /// `parked`, rows with a notification id, by channel.
    var rows = Pair(ParkedRow.absent)
    /// `parked`, the row without one: a whole event or a copy.
    var whole = WholeRow.absent
    /// `notification_log.status`.
    var log = Pair(LogStatus.absent)
    var deadLetters = Pair(DeadLetter.absent)
    /// It reached the recipient.
    var isSent = Pair(false)
    /// How often `resend_count` was raised for this channel, less the sends after the first; at most two.
    var resends = Pair<UInt8>(0)
    var operatorResent = Pair(false)
    var operatorSaidSent = Pair(false)
    var isContactKnown = true
    var isPaused = false
    /// A statement whose connection is lost and whose repetition was committed, still under way in Postgres.
    var straggler: Straggler?
    var budget = Budget()
    /// What must never happen, noted by the step that did it.
    var offence: Offence?
}

enum CopyPlace: UInt8, Sendable {
    case absent, queued, atFirst, atSecond, acked

    static func at(_ replica: Int) -> CopyPlace { replica == 0 ? .atFirst : .atSecond }
}

/// The row of table `event`. Tokens matter only by whether they fit, so the row names the passage whose token it holds.
struct EventRow: Hashable, Sendable {
    enum Lease: UInt8, Sendable {
        case none, running, expired
    }

    enum State: UInt8, Sendable {
        case absent, open, parked, uncertain, settled
    }

    var exists = false
    /// channels = {none}.
    var isUndecided = false
    var states = Pair(State.absent)
    var lease = Lease.none
    /// 1 or 2: the replica whose passage has this token; 0: nobody has it any more.
    var owner: UInt8 = 0
    var begun = Pair(false)
    /// Attempts since the retry schedule (re)started.
    var attempts = Pair<UInt8>(0)

    var hasOpen: Bool { states.contains { $0 == .open } }
    var isFree: Bool { lease != .running }
}

enum ParkedRow: UInt8, Sendable {
    case absent, due, lease, uncertain, paused
}

enum WholeRow: UInt8, Sendable {
    case absent, due, lease, copy
}

enum LogStatus: UInt8, Sendable {
    case absent, retrying, sent, failed, uncertain, paused
}

enum DeadLetter: UInt8, Sendable {
    case absent, stored
    /// Its last attempt had no answer: it may have arrived.
    case storedUnanswered
    case replayed

    var isStored: Bool { self == .stored || self == .storedUnanswered }
}

/// One replica's way with one message or parked row.
struct Passage: Hashable, Sendable {
    enum Stage: UInt8, Sendable {
        case idle, claim, read, park, parkUnlocked, fix, deliver, release, acknowledge, requeue
    }

    enum Source: UInt8, Sendable {
        case firstCopy, secondCopy, parked
    }

    var stage = Stage.idle
    var source = Source.parked
    /// The broker connection it came over is lost: acks and nacks for it are dropped.
    var isStale = false
    /// A settle was answered with `claimLost`.
    var lostClaim = false
    var legs = Pair(Leg.none)
    /// What the claim read.
    var begunBefore = Pair(false)
    var attempts = Pair<UInt8>(0)

    var copy: Int? { source == .parked ? nil : Int(source.rawValue) }
}

/// How far a passage is with one channel.
enum Leg: UInt8, Sendable {
    case none, todo
    /// `begin` said yes; the last byte is not out.
    case sending
    /// The last byte is out and the provider took it; its answer is under way.
    case accepted
    /// The last byte is out and the provider did not take it.
    case refused
    case settleSent, settleTransient, settleUnanswered, settleOwnerDied, settlePaused, settleUndecided
    case done, released, leftClaimed

    var isSettling: Bool { rawValue >= Leg.settleSent.rawValue && rawValue <= Leg.settleUndecided.rawValue }
    var isOver: Bool { self == .none || rawValue >= Leg.done.rawValue }
}

struct Straggler: Hashable, Sendable {
    enum Kind: UInt8, Sendable {
        case settle, release, begin, fixChannels
    }

    var kind: Kind
    var place: UInt8 = 0
    var leg = Leg.none
    var attempts: UInt8 = 0
    /// Its token is still the row's.
    var fits = true
}

enum Offence: UInt8, Sendable {
    case unmarkedSecondSend
    /// What was sent for good is open again, and nobody asked for it.
    case sentUndone
}

/// How many faults and interventions a run may still have; what heals (expiry under a dead owner) is free.
struct Budget: Hashable, Sendable {
    var crashes: UInt8 = 0
    /// COMMIT replies lost, parked take-ups among them.
    var lostReplies: UInt8 = 0
    var stragglers: UInt8 = 0
    /// Leases that run out while their owner lives.
    var expiries: UInt8 = 0
    var lostBrokerConnections: UInt8 = 0
    /// Sends given up by a drain.
    var drains: UInt8 = 0
    /// `notifyd uncertain resolve --resend`.
    var resolves: UInt8 = 0
    var replays: UInt8 = 0
    var pauses: UInt8 = 0
}

import DomainEvents
import FoundationEssentials
import Pipeline

/// How one notification of a claimed event ends, or is put off; becomes its row, its attempt and its body's place.
public struct Settlement: Sendable {
    public var claim: Claim
    /// The notification's place among the claim's.
    public var index: Int
    public var state: ClaimedNotification.State
    public var record: AuditRecord
    /// The send just made; nil where none was.
    public var attempt: AttemptRecord?
    /// The body's place until the notification is taken up again; for `parked` and `uncertain`.
    public var parking: Parking?
    /// The body's last place; for what failed for good.
    public var deadLetter: DeadLetterReason?
    /// The message as it came, encrypted where a key is set; needed where the body is kept.
    public var message: StoredMessage?
    /// The keyed hash of an address that must not be written to again.
    public var stopsAddress: String?
    /// The event's resends after this settle.
    public var resendCount: Int

    public init(
        claim: Claim,
        index: Int,
        state: ClaimedNotification.State,
        record: AuditRecord,
        attempt: AttemptRecord? = nil,
        parking: Parking? = nil,
        deadLetter: DeadLetterReason? = nil,
        message: StoredMessage? = nil,
        stopsAddress: String? = nil,
        countsResend: Bool = false
    ) {
        self.claim = claim
        self.index = index
        self.state = state
        self.record = record
        self.attempt = attempt
        self.parking = parking
        self.deadLetter = deadLetter
        self.message = message
        self.stopsAddress = stopsAddress
        resendCount = claim.resendCount + (countsResend ? 1 : 0)
    }

    var notification: ClaimedNotification { claim.notifications[index] }
    /// The body that goes to `parked` or `dead_letter`.
    var kept: StoredMessage? { parking != nil || deadLetter != nil ? message : nil }
}

/// What the log tells about a notification.
public struct AuditRecord: Sendable {
    public var channel: LogChannel
    public var recipientID: String?
    public var status: NotificationStatus
    /// Made so far, this one included.
    public var attempts: Int
    public var provider: String?
    public var providerMessageID: String?
    public var addressMasked: String?
    public var addressHash: String?
    public var templateVersion: String?
    public var contentSHA256: String?
    public var locale: String?
    public var errorCode: ErrorCode?
    /// One line, without addresses.
    public var error: String?
    public var traceID: String?
    public var receivedAt: Date

    public init(
        channel: LogChannel,
        recipientID: String?,
        status: NotificationStatus,
        attempts: Int,
        receivedAt: Date
    ) {
        self.channel = channel
        self.recipientID = recipientID
        self.status = status
        self.attempts = attempts
        self.receivedAt = receivedAt
    }
}

/// One attempt, as `delivery_attempt` keeps it.
public struct AttemptRecord: Sendable {
    public var number: Int
    public var startedAt: Date
    public var duration: Duration
    public var provider: String
    public var outcome: String
    public var errorCode: ErrorCode?
    public var error: String?
    public var dns: Duration?
    public var connect: Duration?
    public var tls: Duration?
    public var total: Duration?

    public init(number: Int, startedAt: Date, duration: Duration, provider: String, outcome: String) {
        self.number = number
        self.startedAt = startedAt
        self.duration = duration
        self.provider = provider
        self.outcome = outcome
    }
}

/// Why something waits in `parked`, and how long.
public struct Parking: Sendable, Equatable {
    public enum Hold: String, Sendable {
        case due, lease, breaker, paused, uncertain
    }

    public var hold: Hold
    /// Counted from the commit by Postgres's clock; nil: until somebody releases it.
    public var delay: Duration?
    /// The whole event waits, since its channels are not decided.
    public var isWholeEvent: Bool

    public init(hold: Hold, delay: Duration?, isWholeEvent: Bool = false) {
        self.hold = hold
        self.delay = delay
        self.isWholeEvent = isWholeEvent
    }
}

public enum DeadLetterReason: String, Sendable {
    case failed
    case rejected
    case deliveryLimit = "delivery_limit"
}

/// What came of a settle.
public enum SettleOutcome: Sendable, Equatable {
    case settled
    /// The lease ran out and another owner has the claim: nothing was written.
    case claimLost
}

extension Settlement: BatchRequest {
    var key: EventKey { claim.key }
    var weight: Int { 1024 + (kept?.body.count ?? 0) }
}

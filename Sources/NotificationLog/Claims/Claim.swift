import DomainEvents
import FoundationEssentials

/// The channel column of the log: a channel, or `none` while (or because) there is none.
public enum LogChannel: Sendable, Hashable {
    case channel(Channel)
    case none

    public init?(rawValue: String) {
        if rawValue == "none" {
            self = .none
        } else if let channel = Channel(rawValue: rawValue) {
            self = .channel(channel)
        } else {
            return nil
        }
    }

    public var rawValue: String {
        switch self {
        case .channel(let channel): channel.rawValue
        case .none: "none"
        }
    }
}

/// One notification of a claimed event.
public struct ClaimedNotification: Sendable, Equatable {
    public enum State: String, Sendable {
        /// To be sent under this claim.
        case open
        /// Waits in `parked` for its own time.
        case parked
        /// Nobody knows whether it was sent; an operator decides.
        case uncertain
        case settled
    }

    public var id: UUID
    public var channel: LogChannel
    public var state: State
    /// Attempts made under earlier claims.
    public var attempts: Int
    /// Those among them that an earlier retry schedule made, before a replay started it anew.
    public var attemptsBefore = 0
    /// Its send was marked as begun by an owner that did not live to settle it.
    public var isBegun: Bool
}

/// The right to send an event's notifications, until the lease runs out.
public struct Claim: Sendable, Equatable {
    public var key: EventKey
    public var eventID: String
    public var token: UUID
    public var notifications: [ClaimedNotification]
    /// Raised by every take-over that may have sent before.
    public var resendCount: Int
    /// How often the event was claimed without a settle, this time included.
    public var claims: Int
    public var createdAt: Date
    public var claimedAt: Date

    /// Its channels could not be decided yet.
    public var isUndecided: Bool { notifications.map(\.channel) == [.none] }

    public var open: [ClaimedNotification] { notifications.filter { $0.state == .open } }
}

extension Claim {
    /// The claim that made the event's row.
    init(first request: ClaimRequest, at now: Date) {
        self.init(
            key: request.key,
            eventID: request.eventID,
            token: request.token,
            notifications: zip(request.channels, request.notificationIDs).map { channel, id in
                ClaimedNotification(id: id, channel: channel, state: .open, attempts: 0, isBegun: false)
            },
            resendCount: 0,
            claims: 1,
            createdAt: now,
            claimedAt: now
        )
    }
}

/// What came of asking for a claim.
public enum ClaimOutcome: Sendable, Equatable {
    case claimed(Claim)
    /// Every notification of the event is settled, parked or on hold: the message has nothing left to do.
    case duplicate
    /// Another owner's lease runs; this message has to wait for it.
    case heldElsewhere(until: Date)
    /// The same key stands for another fact.
    case conflict
}

/// Asks for an event's claim; the first one fixes its channels.
public struct ClaimRequest: Sendable, BatchRequest {
    public var key: EventKey
    public var eventID: String
    public var recipientID: String?
    /// Over the values of the type's required fields.
    public var fingerprint: [UInt8]
    /// Used when this is the first claim; `none` where the channels cannot be decided yet.
    public var channels: [LogChannel]
    /// Channels for which taking over an expired claim counts as a resend.
    public var resendChannels: [Channel]
    public var token: UUID
    /// One for each channel.
    public var notificationIDs: [UUID]

    public init(
        key: EventKey,
        eventID: String,
        recipientID: String?,
        fingerprint: [UInt8],
        channels: [LogChannel],
        resendChannels: [Channel],
        token: UUID,
        notificationIDs: [UUID]
    ) {
        self.key = key
        self.eventID = eventID
        self.recipientID = recipientID
        self.fingerprint = fingerprint
        self.channels = channels
        self.resendChannels = resendChannels
        self.token = token
        self.notificationIDs = notificationIDs
    }

    var weight: Int { 512 }
}

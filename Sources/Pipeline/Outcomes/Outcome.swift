import DomainEvents
import FoundationEssentials

/// What becomes of a notification now: its audit row, and what happens to its body and its message.
public struct Outcome: Sendable, Equatable {
    /// What the settle's commit does, and how the message is then settled at the broker.
    public enum Next: Sendable, Equatable {
        /// Nothing more: ack.
        case done
        /// The body goes to `dead_letter` in the settle's commit: ack.
        case deadLetter
        /// Poison: nack without requeue; the broker dead-letters it (one that was parked: to `dead_letter` by the commit).
        case reject
        /// Parked until then: ack.
        case retry(at: Date)
        /// Parked until a provider of the channel may be asked again: ack.
        case awaitProvider
        /// Parked until an operator resumes it: ack.
        case awaitResume
        /// The body is kept until `notifyd uncertain resolve`: ack.
        case awaitOperator
        /// As if never begun: no row, the claim is released, the message goes back to the queue.
        case release
    }

    public var status: NotificationStatus
    /// Why; nil only for `sent` and for what is released.
    public var code: ErrorCode?
    /// One line for a person, without an address.
    public var message: String?
    public var next: Next
    /// Whether an attempt of the retry schedule is used up.
    public var countsAttempt: Bool
    /// Whether `resend_count` goes up: the recipient may get this twice, under the same `Message-ID`.
    public var countsResend: Bool
    /// Whether the address is remembered as one that wants nothing more on this channel.
    public var suppressesAddress: Bool
    public var providerMessageID: String?

    public init(
        status: NotificationStatus,
        code: ErrorCode? = nil,
        message: String? = nil,
        next: Next,
        countsAttempt: Bool = false,
        countsResend: Bool = false,
        suppressesAddress: Bool = false,
        providerMessageID: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.next = next
        self.countsAttempt = countsAttempt
        self.countsResend = countsResend
        self.suppressesAddress = suppressesAddress
        self.providerMessageID = providerMessageID
    }

    public var dueAt: Date? {
        if case .retry(let date) = next { date } else { nil }
    }

    public var deadLetters: Bool { next == .deadLetter }
}

// MARK: Outcomes without a send

extension Outcome {
    /// Poison: it can never become a notification.
    public static func rejected(_ rejection: EventRejection) -> Outcome {
        Outcome(status: .rejected, code: rejection.code, message: rejection.message, next: .reject)
    }

    /// Nothing is to be sent, and that is right: too late, opted out, disabled, not allowed here.
    public static func withheld(_ status: NotificationStatus, _ reason: RoutingReason) -> Outcome {
        Outcome(status: status, code: reason.code, message: reason.message, next: .done)
    }

    /// It will never work: no address, a template that lacks a variable, claims exhausted.
    public static func failed(_ code: ErrorCode, _ message: String) -> Outcome {
        Outcome(status: .failed, code: code, message: message, next: .deadLetter)
    }

    /// Not asked now; no attempt is used up.
    public static func awaitingProvider(_ code: ErrorCode, _ message: String) -> Outcome {
        Outcome(status: .retrying, code: code, message: message, next: .awaitProvider)
    }

    public static func paused(_ message: String) -> Outcome {
        Outcome(status: .paused, code: .operatorPaused, message: message, next: .awaitResume)
    }
}

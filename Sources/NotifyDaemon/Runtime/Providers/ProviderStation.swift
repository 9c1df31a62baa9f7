import Pipeline
import Reactor
import Senders

/// One provider with what decides how much is asked of it: breaker, slow start and bulkhead.
struct ProviderStation {
    let sender: any Sender
    var breaker = CircuitBreaker()
    var slowStart: SlowStart
    var bulkhead: Bulkhead
    var waiters: [Bulkhead.WaiterID: Waiter] = [:]
    /// Those who got a place before they were suspended.
    var early: Set<Bulkhead.WaiterID> = []
    /// When the breaker closed after an opening.
    var closedAt: ContinuousClock.Instant?

    /// Who waits at the bulkhead.
    struct Waiter {
        let continuation: CheckedContinuation<Bool, Never>
        let timer: ReactorTimer
    }

    init(sender: any Sender, inFlight: Int, share: Int?) {
        self.sender = sender
        slowStart = SlowStart(bound: inFlight)
        bulkhead = Bulkhead(limit: share)
    }

    var isClosed: Bool { breaker.state == .closed }

    /// Whether a notification may be the next probe.
    func isProbeDue(now: ContinuousClock.Instant) -> Bool {
        guard breaker.state == .open, let next = breaker.nextProbe(now: now) else { return false }
        return next <= now
    }

    /// How many more may be with it at once; nil: any number.
    var room: Int? {
        let places = bulkhead.limit.map { max(0, $0 - bulkhead.inFlight) }
        return [slowStart.room, places].compactMap(\.self).min()
    }
}

/// The right to send one notification by a provider; handed in again when the send is over.
struct ProviderPermit: Sendable {
    let station: Int
    let probe: CircuitBreaker.ProbeID?
    let pass: SlowStart.Pass?
    let hasPlace: Bool
    let startedAt: ContinuousClock.Instant
}

/// What a notification hears that wants to be sent.
enum ProviderAdmission: Sendable {
    case send(any Sender, ProviderPermit)
    /// The breakers of all its channel's providers are open.
    case open(nextProbe: Duration)
    /// The provider has its share of what is in flight, and none of it came back for a while.
    case busy
    /// No provider is left to be asked.
    case none
}

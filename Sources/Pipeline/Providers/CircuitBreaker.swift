/// Decides whether a provider is asked at all: leaves one that is away, or refuses us, alone but for a probe now and then.
///
/// A pure value, one for each provider. Who wants to send asks `admit`; who was let in reports with `record`, or gives a
/// probe back that was never sent. Opens when at least half of at least ten results within 30 s are definite failures of
/// the provider, or at once when it refuses us; lets one probe at a time through 5 s later, then after pauses that
/// double up to 2 min; a probe that finds it working closes it.
public struct CircuitBreaker: Sendable, Equatable {
    public static let firstPause = Duration.seconds(5)
    public static let longestPause = Duration.seconds(120)
    /// Fewer results than this open nothing, unless one is a refusal.
    public static let leastResults = 10
    /// How long a due probe is kept for another notification than the last probe's: that one may be what fails.
    public static let probeReservation = Duration.seconds(1)

    public struct ProbeID: Hashable, Sendable {
        let number: UInt64
    }

    public enum Admission: Sendable, Equatable {
        /// Send; report without a probe.
        case pass
        /// Send, and report under this id, or give it back.
        case probe(ProbeID)
        /// Do not send; ask again then, not earlier.
        case refused(until: ContinuousClock.Instant)
    }

    public enum State: String, Sendable, Equatable, CaseIterable {
        case closed
        case open
        /// A probe is on its way.
        case probing
    }

    public enum Reason: Sendable, Equatable {
        /// So many of so many results were failures.
        case failing(failures: Int, results: Int)
        case refusing
    }

    /// What a result changed, for log and metric.
    public enum Change: Sendable, Equatable {
        case opened(Reason)
        /// A probe failed, or learned nothing; the next pause is twice as long.
        case reopened
        case closed
    }

    private enum Phase: Equatable {
        /// `since`: nil from the start. Can go on to: open.
        case closed(since: ContinuousClock.Instant?)
        /// Can go on to: probing.
        case open(nextProbe: ContinuousClock.Instant)
        /// Can go on to: closed, open.
        case probing(ProbeID, since: ContinuousClock.Instant)
    }

    private var phase = Phase.closed(since: nil)
    private var window = FailureWindow()
    /// The one that is on, or was the last.
    private var pause = firstPause
    private var lastProbe: UInt64 = 0
    /// Whom the last probe since the opening was; nil where the next may be anybody.
    private var lastProbed: String?

    public init() {}

    public var state: State {
        switch phase {
        case .closed: .closed
        case .open: .open
        case .probing: .probing
        }
    }

    /// When a probe is let through next, in the past where one is due; nil while the breaker is closed.
    ///
    /// While a probe is on its way: when the one after it would be due at the earliest if it failed, a second from now
    /// at least.
    public func nextProbe(now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        switch phase {
        case .closed: nil
        case .open(let nextProbe): nextProbe
        case .probing(_, let since): max(since.advanced(by: doubledPause), now.advanced(by: .seconds(1)))
        }
    }

    /// - Parameter notification: what tells notifications apart; the probe goes to another one than the last did where
    ///   another comes within a second after it is due.
    public mutating func admit(_ notification: String, now: ContinuousClock.Instant) -> Admission {
        switch phase {
        case .closed:
            return .pass
        case .probing:
            return .refused(until: nextProbe(now: now) ?? now)
        case .open(let nextProbe):
            let due = notification == lastProbed ? nextProbe.advanced(by: Self.probeReservation) : nextProbe
            guard now >= due else { return .refused(until: due) }
            lastProbe += 1
            lastProbed = notification
            let probe = ProbeID(number: lastProbe)
            phase = .probing(probe, since: now)
            return .probe(probe)
        }
    }

    /// Takes a send's result.
    ///
    /// What was begun before the breaker closed for the last time says nothing about the provider of now, and while it is
    /// open only its probe counts.
    /// - Parameters:
    ///   - probe: as `admit` gave it; nil for `pass`.
    ///   - startedAt: when the send began.
    /// - Returns: nil where nothing changed.
    public mutating func record(
        _ standing: ProviderStanding,
        probe: ProbeID?,
        startedAt: ContinuousClock.Instant,
        now: ContinuousClock.Instant
    ) -> Change? {
        switch phase {
        case .closed(let since):
            guard probe == nil, since.map({ startedAt >= $0 }) ?? true else { return nil }
            return recordClosed(standing, now: now)
        case .open:
            return nil
        case .probing(let current, _):
            guard probe == current else { return nil }
            return recordProbe(standing, now: now)
        }
    }

    /// The probe was not sent, or its owner was stopped before it knew: another may go at once.
    public mutating func giveBack(_ probe: ProbeID, now: ContinuousClock.Instant) {
        guard case .probing(probe, _) = phase else { return }
        // Not this notification's fault, so it may be the next probe as well.
        lastProbed = nil
        phase = .open(nextProbe: now)
    }

    private mutating func recordClosed(_ standing: ProviderStanding, now: ContinuousClock.Instant) -> Change? {
        switch standing {
        case .unknown:
            return nil
        case .refusing:
            return open(.refusing, now: now)
        case .working, .failing:
            window.add(isFailure: standing == .failing, now: now)
            let (failures, results) = (window.failures, window.results)
            guard results >= Self.leastResults, 2 * failures >= results else { return nil }
            return open(.failing(failures: failures, results: results), now: now)
        }
    }

    private mutating func recordProbe(_ standing: ProviderStanding, now: ContinuousClock.Instant) -> Change {
        switch standing {
        case .working:
            phase = .closed(since: now)
            return .closed
        case .failing, .refusing, .unknown:
            pause = doubledPause
            phase = .open(nextProbe: now.advanced(by: pause))
            return .reopened
        }
    }

    private mutating func open(_ reason: Reason, now: ContinuousClock.Instant) -> Change {
        window.clear()
        pause = Self.firstPause
        lastProbed = nil
        phase = .open(nextProbe: now.advanced(by: pause))
        return .opened(reason)
    }

    private var doubledPause: Duration { min(pause * 2, Self.longestPause) }
}

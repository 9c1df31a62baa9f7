/// Keeps one slow provider from taking up everything that is in flight: at most so many notifications are with it at once.
///
/// A pure value, one for each provider: ids in, decisions out. Who finds no place waits for one, two seconds at most. Once
/// one has waited in vain the provider counts as stuck, and others are refused without a wait until a place comes free.
public struct Bulkhead: Sendable, Equatable {
    public static let longestWait = Duration.seconds(2)

    /// The caller's own number for who asks; never used twice.
    public struct WaiterID: Hashable, Sendable {
        public let number: UInt64

        public init(number: UInt64) {
            self.number = number
        }
    }

    public enum Answer: Sendable, Equatable {
        /// The place is taken; `leave` gives it back.
        case enter
        /// `leave` of somebody may name this waiter as the next; call `timedOut` then if it has not.
        case wait(until: ContinuousClock.Instant)
        case refused
    }

    /// nil: none.
    public let limit: Int?
    public private(set) var inFlight = 0
    /// Longest waiting first.
    private var waiters: [WaiterID] = []
    /// Somebody waited in vain, and no place came free since.
    public private(set) var isStuck = false

    /// - Parameter limit: places, at least 1; nil: no limit.
    public init(limit: Int?) {
        self.limit = limit.map { max($0, 1) }
    }

    public var waiting: Int { waiters.count }

    public mutating func enter(_ id: WaiterID, now: ContinuousClock.Instant) -> Answer {
        // Nobody is overtaken: who comes while others wait, waits behind them.
        if waiters.isEmpty, limit.map({ inFlight < $0 }) ?? true {
            inFlight += 1
            return .enter
        }
        guard !isStuck else { return .refused }
        waiters.append(id)
        return .wait(until: now.advanced(by: Self.longestWait))
    }

    /// One place comes free.
    /// - Returns: the waiter that has it now: wake it. nil: nobody waits.
    public mutating func leave() -> WaiterID? {
        isStuck = false
        guard !waiters.isEmpty else {
            inFlight = max(0, inFlight - 1)
            return nil
        }
        return waiters.removeFirst()
    }

    /// The wait is over.
    /// - Returns: true: refused. false: it was given a place before, and has to leave it.
    public mutating func timedOut(_ id: WaiterID) -> Bool {
        guard withdraw(id) else { return false }
        isStuck = true
        return true
    }

    /// The waiter went away by itself, which says nothing about the provider.
    /// - Returns: false: it was given a place before, and has to leave it.
    public mutating func withdraw(_ id: WaiterID) -> Bool {
        guard let index = waiters.firstIndex(of: id) else { return false }
        waiters.remove(at: index)
        return true
    }
}

/// Turns settlements, which come in any order, into as few acknowledgement frames as the broker's rules allow.
///
/// The rules (AMQP 0-9-1 §1.8.3.13; seen on RabbitMQ 3.10 and 4.0): a tag may be settled once, and the tag of a
/// `multiple` frame must itself still be unsettled, else the broker closes the channel. So one `multiple` ack goes up to
/// the last finished delivery before the first that is still in flight; rejects are sent one by one, before it; and what
/// finished behind a slow delivery waits for it no longer than `hold`, then is acknowledged on its own; with few in hand a
/// frame for each costs less than the wait.
struct AckLedger: Sendable {
    /// How long finished deliveries wait for a slower one before them, in the hope of one frame for all.
    static let hold: Duration = .milliseconds(5)
    /// So many that the broker holds as unsettled are not worth waiting for: a lightly loaded daemon has fewer in hand.
    static let few = 16

    /// What is to be written, in this order, and which deliveries are thereby acknowledged (not rejected).
    struct Batch: Equatable {
        var frames: [AckFrame] = []
        var acknowledged: [UInt64] = []
    }

    private enum State {
        case inFlight
        case acknowledged(since: ContinuousClock.Instant)
        case rejected(requeue: Bool)
        /// Settled at the broker.
        case gone
    }

    private struct Entry {
        let tag: UInt64
        var state: State

        var isGone: Bool {
            if case .gone = state { true } else { false }
        }
    }

    private let few: Int
    /// What the broker holds as unsettled, by rising tag; as many as the prefetch windows at most.
    private var entries: [Entry] = []
    private var rejectedCount = 0
    private var acknowledgedCount = 0
    /// When held-back acknowledgements are to go out even so; nil while none is held back.
    private(set) var deadline: ContinuousClock.Instant?

    /// - Parameter few: up to so many unsettled deliveries nothing is held back.
    init(few: Int = Self.few) {
        self.few = few
    }

    /// Deliveries that have no settlement yet.
    var inFlightCount: Int { entries.count - rejectedCount - acknowledgedCount }
    /// Settlements that were not taken yet.
    var hasPending: Bool { rejectedCount + acknowledgedCount > 0 }

    /// - Returns: false for a tag that does not rise, which no sane broker sends.
    mutating func delivered(_ tag: UInt64) -> Bool {
        guard tag > (entries.last?.tag ?? 0) else { return false }
        entries.append(Entry(tag: tag, state: .inFlight))
        return true
    }

    /// - Returns: false, and nothing changes, when the tag is unknown or settled already.
    mutating func settle(_ tag: UInt64, _ settlement: Settlement, now: ContinuousClock.Instant) -> Bool {
        guard let index = index(of: tag), case .inFlight = entries[index].state else { return false }
        switch settlement {
        case .acknowledge:
            entries[index].state = .acknowledged(since: now)
            acknowledgedCount += 1
        case .reject(let requeue):
            entries[index].state = .rejected(requeue: requeue)
            rejectedCount += 1
        }
        return true
    }

    /// Takes what is to be written now.
    mutating func take(now: ContinuousClock.Instant) -> Batch {
        guard hasPending else { return Batch() }
        var batch = Batch()
        if rejectedCount > 0 { takeRejects(into: &batch) }
        takeFinishedPrefix(into: &batch)
        takeHeldBack(into: &batch, now: now)
        return batch
    }

    /// Takes everything for the end of the channel: what is settled, at once, and the rest back to its queue.
    mutating func takeAll() -> Batch {
        var batch = Batch()
        if rejectedCount > 0 { takeRejects(into: &batch) }
        takeFinishedPrefix(into: &batch)
        for index in entries.indices {
            guard case .acknowledged = entries[index].state else { continue }
            acknowledge(index, into: &batch)
        }
        entries.removeAll { $0.isGone }
        if let last = entries.last {
            batch.frames.append(.reject(last.tag, multiple: entries.count > 1, requeue: true))
        }
        self = AckLedger(few: few)
        return batch
    }

    private mutating func takeRejects(into batch: inout Batch) {
        for index in entries.indices {
            guard case .rejected(let requeue) = entries[index].state else { continue }
            batch.frames.append(.reject(entries[index].tag, multiple: false, requeue: requeue))
            entries[index].state = .gone
        }
        rejectedCount = 0
        entries.removeAll { $0.isGone }
    }

    private mutating func takeFinishedPrefix(into batch: inout Batch) {
        let count = entries.prefix { if case .acknowledged = $0.state { true } else { false } }.count
        guard count > 0 else { return }
        batch.acknowledged += entries[..<count].map(\.tag)
        batch.frames.append(.acknowledge(entries[count - 1].tag, multiple: count > 1))
        acknowledgedCount -= count
        entries.removeFirst(count)
    }

    private mutating func takeHeldBack(into batch: inout Batch, now: ContinuousClock.Instant) {
        guard acknowledgedCount > 0 else {
            deadline = nil
            return
        }
        let hold = entries.count > few ? Self.hold : .zero
        if hold > .zero, let deadline, now < deadline { return }
        deadline = nil
        for index in entries.indices {
            guard case .acknowledged(let since) = entries[index].state else { continue }
            let due = since + hold
            if now >= due {
                acknowledge(index, into: &batch)
            } else {
                deadline = min(deadline ?? due, due)
            }
        }
        entries.removeAll { $0.isGone }
    }

    private mutating func acknowledge(_ index: Int, into batch: inout Batch) {
        batch.frames.append(.acknowledge(entries[index].tag, multiple: false))
        batch.acknowledged.append(entries[index].tag)
        entries[index].state = .gone
        acknowledgedCount -= 1
    }

    private func index(of tag: UInt64) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].tag < tag { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].tag == tag ? low : nil
    }
}

/// `basic.ack` or `basic.nack`.
enum AckFrame: Sendable, Equatable {
    case acknowledge(UInt64, multiple: Bool)
    case reject(UInt64, multiple: Bool, requeue: Bool)
}

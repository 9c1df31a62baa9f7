@testable import Broker

/// The broker's side of a channel: knows what is unsettled, and closes on the acknowledgements RabbitMQ closes on.
struct AckModel {
    private(set) var unsettled: [UInt64] = []
    private(set) var acknowledged: Set<UInt64> = []
    private(set) var requeued: Set<UInt64> = []
    private(set) var deadLettered: Set<UInt64> = []
    /// RabbitMQ's words when it closed the channel.
    private(set) var closed: String?
    private var lastTag: UInt64 = 0

    mutating func deliver() -> UInt64 {
        lastTag += 1
        unsettled.append(lastTag)
        return lastTag
    }

    mutating func take(_ frame: AckFrame) {
        guard closed == nil else { return }
        switch frame {
        case .acknowledge(let tag, let multiple):
            for settled in remove(tag, multiple) { acknowledged.insert(settled) }
        case .reject(let tag, let multiple, let requeue):
            for settled in remove(tag, multiple) {
                if requeue { requeued.insert(settled) } else { deadLettered.insert(settled) }
            }
        }
    }

    private mutating func remove(_ tag: UInt64, _ multiple: Bool) -> [UInt64] {
        guard unsettled.contains(tag) else {
            closed = "PRECONDITION_FAILED - unknown delivery tag \(tag)"
            return []
        }
        let settled = multiple ? unsettled.filter { $0 <= tag } : [tag]
        unsettled.removeAll { settled.contains($0) }
        return settled
    }
}

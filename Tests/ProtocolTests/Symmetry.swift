/// Replicas are alike, and so are the copies of one event: states that differ by their names only are one state.
extension World {
    var canonical: World {
        var world = self
        if order(of: 0) > order(of: 1) { world.swapReplicas() }
        if world.copies.first.rawValue > world.copies.second.rawValue { world.swapCopies() }
        return world
    }

    /// Any order will do, as long as replicas that tie differ by nothing but the name of their copy.
    private func order(of replica: Int) -> UInt64 {
        let passage = passages[replica]
        var order = UInt64(passage.stage.rawValue)
        order = order << 6 | UInt64(passage.legs.first.rawValue)
        order = order << 6 | UInt64(passage.legs.second.rawValue)
        for count in [passage.attempts.first, passage.attempts.second] {
            order = order << 4 | UInt64(count)
        }
        let flags = [
            passage.isStale, passage.lostClaim, passage.begunBefore.first, passage.begunBefore.second,
            passage.source == .parked, event.owner == UInt8(replica) + 1,
        ]
        for flag in flags { order = order << 1 | (flag ? 1 : 0) }
        return order
    }

    private mutating func swapCopies() {
        copies.swap()
        for replica in 0..<2 where !passages[replica].isStale {
            switch passages[replica].source {
            case .firstCopy: passages[replica].source = .secondCopy
            case .secondCopy: passages[replica].source = .firstCopy
            case .parked: break
            }
        }
    }

    private mutating func swapReplicas() {
        passages.swap()
        if event.owner != 0 { event.owner = 3 - event.owner }
        for copy in 0..<2 {
            switch copies[copy] {
            case .atFirst: copies[copy] = .atSecond
            case .atSecond: copies[copy] = .atFirst
            case .absent, .queued, .acked: break
            }
        }
    }
}

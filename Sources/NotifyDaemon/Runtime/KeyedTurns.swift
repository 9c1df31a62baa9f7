/// One at a time for each key, in the order they came; different keys do not wait for each other.
///
/// Belongs to one actor, whose isolation keeps it consistent.
final class KeyedTurns<Key: Hashable> {
    /// Who waits behind the one whose turn it is.
    private var waiting: [Key: [CheckedContinuation<Void, Never>]] = [:]

    /// Whether `begin` would return at once.
    func isFree(_ key: Key) -> Bool { waiting[key] == nil }

    /// Returns when it is the caller's turn; `end` has to follow.
    func begin(_ key: Key, isolation: isolated (any Actor)? = #isolation) async {
        guard waiting[key] != nil else {
            waiting[key] = []
            return
        }
        await withCheckedContinuation { waiter in
            // The turn may have come free while this task was on its way here.
            if waiting[key] == nil {
                waiting[key] = []
                waiter.resume()
            } else {
                waiting[key]?.append(waiter)
            }
        }
    }

    func end(_ key: Key) {
        guard var line = waiting[key] else { return }
        guard !line.isEmpty else {
            waiting[key] = nil
            return
        }
        let next = line.removeFirst()
        waiting[key] = line
        next.resume()
    }
}

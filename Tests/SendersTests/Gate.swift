import Foundation

/// Keeps scripts waiting until a test lets them go on, or for half a minute.
final class Gate: Sendable {
    private let condition = NSCondition()
    nonisolated(unsafe) private var opened = false

    var isOpen: Bool { condition.withLock { opened } }

    func open() {
        condition.withLock {
            opened = true
            condition.broadcast()
        }
    }

    func wait() {
        let limit = Date(timeIntervalSinceNow: 30)
        condition.withLock {
            while !opened, condition.wait(until: limit) { continue }
        }
    }
}

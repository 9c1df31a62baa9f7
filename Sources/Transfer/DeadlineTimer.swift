import Reactor

/// One timer for a deadline that moves often: armed anew only when the deadline comes nearer.
///
/// Most deadlines are moved away before they pass, so an armed timer that fires too early costs less than one that is
/// made anew for each wait.
struct DeadlineTimer {
    private var deadline: ContinuousClock.Instant?
    private var armed: (at: ContinuousClock.Instant, timer: ReactorTimer)?

    /// - Parameters:
    ///   - deadline: nil: none.
    ///   - arm: starts a timer whose firing calls `fired(arm:)`.
    mutating func move(to deadline: ContinuousClock.Instant?, arm: (Duration) -> ReactorTimer) {
        self.deadline = deadline
        guard let deadline else { return }
        if let armed, armed.at <= deadline { return }
        armed?.timer.cancel()
        armed = (deadline, arm(ContinuousClock.now.duration(to: deadline)))
    }

    /// - Returns: whether the deadline has passed; it is then forgotten. If not, the timer is armed for the rest.
    mutating func fired(arm: (Duration) -> ReactorTimer) -> Bool {
        armed = nil
        guard let deadline else { return false }
        guard deadline > ContinuousClock.now else {
            self.deadline = nil
            return true
        }
        move(to: deadline, arm: arm)
        return false
    }

    mutating func cancel() {
        armed?.timer.cancel()
        armed = nil
        deadline = nil
    }
}

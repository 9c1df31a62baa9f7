// Dispatch documents its sources as safe to use from any thread; its overlay on Linux does not say so yet.
@preconcurrency import Dispatch
import Reactor
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Shuts a socket down when one write to it has not come back for 5 s: the last resort against a peer that stops reading
/// after poll had promised room.
///
/// librabbitmq waits without limit in such a write, and with it the reactor. `shutdown` makes the write fail, which is
/// then a lost connection like any other. Looks on from a queue of its own.
final class WriteWatchdog: Sendable {
    private struct State {
        var writingSince: ContinuousClock.Instant?
    }

    /// A duplicate, because the library may close its own at any time and the number be used for something else.
    private let descriptor: Int32
    private let patience: Duration
    private let timer: any DispatchSourceTimer
    private let state: Mutex<State>

    /// - Parameter patience: how long one write may take; looked at five times in that time.
    /// - Returns: nil when the descriptor cannot be duplicated.
    init?(descriptor: Int32, patience: Duration = .seconds(5)) {
        let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { return nil }
        self.descriptor = duplicate
        self.patience = patience
        state = Mutex(State())
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "notifyd.broker.watchdog"))
        let interval = (patience / 5).dispatchInterval
        timer.schedule(deadline: .now() + interval, repeating: interval, leeway: .milliseconds(100))
        timer.setEventHandler { [weak self] in self?.look() }
        timer.activate()
    }

    deinit {
        timer.cancel()
        close(descriptor)
    }

    func beginWriting() {
        state.withLock { $0.writingSince = ContinuousClock.now }
    }

    func endWriting() {
        state.withLock { $0.writingSince = nil }
    }

    private func look() {
        let isStuck = state.withLock { state in
            guard let since = state.writingSince else { return false }
            return ContinuousClock.now - since > patience
        }
        if isStuck { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }
}

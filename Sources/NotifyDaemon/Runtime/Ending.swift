import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Why and when the daemon ends: the first reason counts; asking twice ends the process at once.
final class Ending: Sendable {
    enum Reason: Sendable {
        case asked
        case failed(CommandFailure)
    }

    private enum State {
        case running(CheckedContinuation<Reason, Never>?)
        case ended(Reason)
    }

    private let state = Mutex(State.running(nil))

    var isEnded: Bool {
        state.withLock { if case .ended = $0 { true } else { false } }
    }

    func end(_ reason: Reason) {
        let waiter = state.withLock { state -> CheckedContinuation<Reason, Never>?? in
            guard case .running(let waiter) = state else { return nil }
            state = .ended(reason)
            return .some(waiter)
        }
        guard let waiter else {
            // Unharmed by contract: what is not settled comes again.
            if case .asked = reason { _exit(ExitStatus.failed.rawValue) }
            return
        }
        waiter?.resume(returning: reason)
    }

    func wait() async -> Reason {
        await withCheckedContinuation { continuation in
            let ended = state.withLock { state -> Reason? in
                if case .ended(let reason) = state { return reason }
                state = .running(continuation)
                return nil
            }
            if let ended { continuation.resume(returning: ended) }
        }
    }
}

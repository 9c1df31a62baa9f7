import Synchronization

/// One cancellable wait: whichever of timer and cancellation comes first resumes the task, the other finds it done.
final class ReactorSleep: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Void, any Error>, ReactorTimer)
        case done(cancelled: Bool)
    }

    private let reactor: Reactor
    private let state = Mutex(State.idle)

    init(reactor: Reactor) {
        self.reactor = reactor
    }

    func run(for delay: Duration) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                start(continuation, delay: delay)
            }
        } onCancel: {
            finish(cancelled: true)
        }
    }

    private func start(_ continuation: CheckedContinuation<Void, any Error>, delay: Duration) {
        let isCancelled = state.withLock { state in
            if case .done = state { return true }
            state = .waiting(continuation, reactor.schedule(after: delay) { self.finish(cancelled: false) })
            return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
    }

    private func finish(cancelled: Bool) {
        let previous = state.withLock { state in
            defer { state = .done(cancelled: cancelled) }
            return state
        }
        guard case .waiting(let continuation, let timer) = previous else { return }
        timer.cancel()
        if cancelled { continuation.resume(throwing: CancellationError()) } else { continuation.resume() }
    }
}

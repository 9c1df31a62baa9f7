import Dispatch
import Synchronization
import Testing

@testable import Reactor

@Suite("The reactor's timers and descriptor sources")
struct ReactorTimerTests {
    let reactor = Reactor(label: "test")

    @Test("a wait ends after its time, and on the reactor for a task of the reactor")
    func sleeps() async throws {
        let start = ContinuousClock.now
        try await reactor.sleep(for: .milliseconds(20))
        #expect(ContinuousClock.now - start >= .milliseconds(20))
    }

    @Test("a cancelled wait ends at once with a CancellationError, before it began or after")
    func cancelled() async {
        let early = Task { [reactor] in try await reactor.sleep(for: .seconds(3600)) }
        early.cancel()
        await #expect(throws: CancellationError.self) { try await early.value }
    }

    @Test("a cancelled timer does not fire, a repeating one fires until it is cancelled")
    func timers() async {
        let fired = Mutex(0)
        let isWronglyFired = Mutex(false)
        // On the queue it would fire on: it cannot be quicker than the cancellation.
        await reactor.task { [reactor] in
            reactor.schedule(after: .milliseconds(1)) { isWronglyFired.withLock { $0 = true } }.cancel()
        }.value
        let ticks = AsyncStream<Void> { continuation in
            let timer = reactor.schedule(every: .milliseconds(1)) {
                fired.withLock { $0 += 1 }
                continuation.yield()
            }
            continuation.onTermination = { _ in timer.cancel() }
        }
        var iterator = ticks.makeAsyncIterator()
        for _ in 0..<3 { await iterator.next() }
        #expect(fired.withLock { $0 } >= 3)
        #expect(!isWronglyFired.withLock { $0 })
    }

    @Test(
        "durations become Dispatch intervals without overflow or a negative wait",
        arguments: [
            (Duration.milliseconds(1500), 1_500_000_000), (.zero, 0), (.seconds(-5), 0),
            (.seconds(Int64.max / 2), Int.max),
        ]
    )
    func intervals(duration: Duration, nanoseconds: Int) {
        #expect(duration.dispatchInterval == .nanoseconds(nanoseconds))
    }
}

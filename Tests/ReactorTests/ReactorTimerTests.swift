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

    @Test("timers fire in the order they are due, of two for the same moment the one set first")
    func order() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        await reactor.task { [reactor] in
            for (number, delay) in [(4, 30), (2, 10), (3, 20)] {
                reactor.schedule(after: .milliseconds(delay)) { continuation.yield(number) }
            }
            for number in 0..<2 { reactor.schedule(after: .zero) { continuation.yield(number) } }
        }.value
        var iterator = stream.makeAsyncIterator()
        for expected in 0..<5 { #expect(await iterator.next() == expected) }
    }

    @Test("a timer may cancel one that is due with it, and set others")
    func cancelsAnother() async {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        await reactor.task { [reactor] in
            let other = Mutex<ReactorTimer?>(nil)
            reactor.schedule(after: .zero) {
                other.withLock { $0?.cancel() }
                reactor.schedule(after: .milliseconds(5)) { continuation.yield("third") }
            }
            other.withLock { $0 = reactor.schedule(after: .zero) { continuation.yield("cancelled") } }
        }.value
        var iterator = stream.makeAsyncIterator()
        #expect(await iterator.next() == "third")
    }

    @Test("what a cancelled timer held is let go at once, and may cancel timers itself as it goes")
    func letsGo() async {
        final class Owner: Sendable {
            let timer: ReactorTimer
            let onEnd: @Sendable () -> Void
            init(_ timer: ReactorTimer, _ onEnd: @escaping @Sendable () -> Void) {
                self.timer = timer
                self.onEnd = onEnd
            }
            deinit {
                timer.cancel()
                onEnd()
            }
        }
        let isGone = Mutex(false)
        let inner = reactor.schedule(after: .seconds(3600)) {}
        var outer: ReactorTimer?
        do {
            let owner = Owner(inner) { isGone.withLock { $0 = true } }
            outer = reactor.schedule(after: .seconds(3600)) { withExtendedLifetime(owner) {} }
        }
        #expect(!isGone.withLock { $0 })
        outer?.cancel()
        #expect(isGone.withLock { $0 })
    }

    @Test("a hundred thousand cancelled time-outs leave nothing behind")
    func forgets() {
        let table = TimerTable(queue: DispatchQueue(label: "test"))
        let kept = table.schedule(after: .seconds(7200), repeating: nil) {}
        for _ in 0..<100_000 { table.cancel(table.schedule(after: .seconds(3600), repeating: nil) {}) }
        #expect(table.size <= 128)
        table.cancel(kept)
        #expect(table.size == 0)
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

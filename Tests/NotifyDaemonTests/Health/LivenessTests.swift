import Synchronization
import Testing

@testable import NotifyDaemon

@Suite struct LivenessTests {
    private final class Clock: Sendable {
        private let time = Mutex(SuspendingClock.now)

        var now: SuspendingClock.Instant { time.withLock { $0 } }

        func advance(_ duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
    }

    private let clock = Clock()
    private let liveness: Liveness

    init() {
        liveness = Liveness(now: { [clock] in clock.now })
    }

    @Test(
        "a loop that tells of itself is alive; one that is silent for over ten seconds is stuck, until it turns again"
    )
    func loop() {
        #expect(liveness.verdict == .alive)
        clock.advance(Liveness.longestSilence)
        #expect(liveness.verdict == .alive)
        clock.advance(.seconds(1))
        #expect(liveness.verdict == .loopStuck(.seconds(11)))
        #expect(liveness.verdict.reason == "the event loop has not turned for 11 s")
        liveness.turned(nil)
        #expect(liveness.verdict == .alive)
        #expect(liveness.verdict.reason == nil)
    }

    @Test("a stage that does not advance is told until it does")
    func stage() {
        let stuck = StageTable.Stuck(stage: .settle, duration: .seconds(90))
        liveness.turned(stuck)
        #expect(liveness.verdict == .stageStuck(stuck))
        #expect(liveness.verdict.reason == "a message has been in stage settle for 90 s")
        liveness.turned(nil)
        #expect(liveness.verdict == .alive)
    }
}

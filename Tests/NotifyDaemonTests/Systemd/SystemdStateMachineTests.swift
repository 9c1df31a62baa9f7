import Testing

@testable import NotifyDaemon

@Suite struct SystemdStateMachineTests {
    private let start = SuspendingClock.now
    private var machine = SystemdStateMachine(servers: ["broker": "b:1", "database": "d:2"], hasWatchdog: true)
    private let asks = SystemdStateMachine.allowance

    @discardableResult
    private mutating func on(_ event: SystemdStateMachine.Event, after seconds: Int = 0) -> NotifyMessage? {
        machine.on(event, now: start + .seconds(seconds))
    }

    /// All servers away, and that was told.
    private mutating func begin() -> NotifyMessage? {
        for component in ["broker", "database", "consumer"] { on(.standing(component, .down)) }
        return on(.begun)
    }

    private mutating func becomeReady() {
        _ = begin()
        for component in ["broker", "database", "consumer"] { on(.standing(component, .up)) }
    }

    @Test("nothing is said before it begins; then the first line names all that is waited for")
    mutating func first() {
        #expect(on(.standing("broker", .down)) == nil)
        #expect(on(.tick(.alive)) == nil)
        #expect(
            begin() == NotifyMessage(status: "waiting for broker b:1 and database d:2", extendTimeout: asks)
        )
    }

    @Test("while it waits each tick asks for more time, and says nothing twice")
    mutating func waiting() {
        _ = begin()
        #expect(on(.tick(.alive)) == NotifyMessage(feedsWatchdog: true, extendTimeout: asks))
        #expect(
            on(.standing("broker", .up)) == NotifyMessage(status: "waiting for database d:2", extendTimeout: asks)
        )
    }

    @Test("it is ready once, when it consumes for the first time; later pauses are only told")
    mutating func ready() {
        _ = begin()
        on(.standing("broker", .up))
        on(.standing("database", .up))
        #expect(on(.standing("consumer", .up)) == NotifyMessage(state: .ready, status: "consuming from broker b:1"))
        #expect(on(.standing("consumer", .down)) == NotifyMessage(status: "not consuming"))
        #expect(on(.standing("consumer", .up)) == NotifyMessage(status: "consuming from broker b:1"))
        #expect(on(.tick(.alive)) == NotifyMessage(feedsWatchdog: true))
    }

    @Test("without a watchdog a tick of a running program says nothing")
    mutating func noWatchdog() {
        machine = SystemdStateMachine(servers: [:], hasWatchdog: false)
        becomeReady()
        #expect(on(.tick(.alive)) == nil)
    }

    @Test("a program that does not advance feeds no watchdog and asks for no time, and says why; until it goes on")
    mutating func stuck() {
        _ = begin()
        let stuck = NotifyMessage(
            status: "waiting for broker b:1 and database d:2; stuck: the event loop has not turned for 11 s"
        )
        #expect(on(.tick(.loopStuck(.seconds(11)))) == stuck)
        #expect(on(.tick(.loopStuck(.seconds(11)))) == nil)
        becomeReady()
        on(.tick(.alive))
        let stage = StageTable.Stuck(stage: .settle, duration: .seconds(90))
        #expect(on(.tick(.stageStuck(stage)))?.feedsWatchdog == false)
        #expect(on(.tick(.alive)) == NotifyMessage(status: "consuming from broker b:1", feedsWatchdog: true))
    }

    @Test("a reload is told with its time, and its end, taken or refused, with what came of it")
    mutating func reload() {
        becomeReady()
        let began = on(.reloadBegan(monotonic: 5))
        #expect(began == NotifyMessage(state: .reloading(monotonic: 5), status: "reloading"))
        #expect(
            on(.reloadEnded(refusal: nil)) == NotifyMessage(state: .ready, status: "consuming from broker b:1")
        )
        on(.reloadBegan(monotonic: 6))
        let refused = on(.reloadEnded(refusal: "no such file"))
        #expect(refused?.state == .ready)
        #expect(refused?.status?.hasSuffix("reload refused, all is as before: no such file") == true)
        on(.reloadBegan(monotonic: 7))
        #expect(on(.reloadEnded(refusal: nil))?.status == "consuming from broker b:1")
    }

    @Test("of reloads that overlap each begin is told, and only the end of the last")
    mutating func overlapping() {
        becomeReady()
        on(.reloadBegan(monotonic: 1))
        #expect(on(.reloadBegan(monotonic: 2)) == NotifyMessage(state: .reloading(monotonic: 2)))
        #expect(on(.reloadEnded(refusal: nil)) == nil)
        #expect(on(.reloadEnded(refusal: nil))?.state == .ready)
    }

    @Test("a reload while it still waits for servers does not make it ready")
    mutating func reloadAtStart() {
        _ = begin()
        #expect(on(.reloadBegan(monotonic: 1)) == nil)
        #expect(on(.reloadEnded(refusal: nil)) == nil)
        #expect(on(.reloadBegan(monotonic: 2))?.state == nil)
        on(.standing("broker", .up))
        on(.standing("database", .up))
        #expect(on(.standing("consumer", .up))?.state == .ready)
        #expect(on(.reloadEnded(refusal: "wrong"))?.state == nil)
    }

    @Test("a drain asks for time until it must be over, and nothing but stopping is told from then on")
    mutating func drain() {
        becomeReady()
        #expect(
            on(.stopping(until: start + .seconds(60)))
                == NotifyMessage(state: .stopping, status: "draining", extendTimeout: asks)
        )
        #expect(on(.standing("consumer", .down)) == nil)
        #expect(on(.reloadBegan(monotonic: 1)) == nil)
        #expect(on(.reloadEnded(refusal: "wrong")) == nil)
        #expect(on(.tick(.alive), after: 59) == NotifyMessage(feedsWatchdog: true, extendTimeout: asks))
        #expect(on(.tick(.alive), after: 60) == NotifyMessage(feedsWatchdog: true))
    }

    @Test("a drain during a reload, or before it was ready, ends neither with READY")
    mutating func drainInBetween() {
        becomeReady()
        on(.reloadBegan(monotonic: 1))
        on(.stopping(until: start))
        #expect(on(.reloadEnded(refusal: nil)) == nil)
        #expect(on(.standing("consumer", .up)) == nil)
    }

    @Test("a line that was lost is said again with the next tick")
    mutating func lost() {
        becomeReady()
        machine.statusWasLost()
        #expect(on(.tick(.alive)) == NotifyMessage(status: "consuming from broker b:1", feedsWatchdog: true))
        #expect(on(.tick(.alive)) == NotifyMessage(feedsWatchdog: true))
    }
}

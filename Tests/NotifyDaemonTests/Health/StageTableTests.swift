import Testing

@testable import NotifyDaemon

@Suite struct StageTableTests {
    private let start = SuspendingClock.now
    private let key = StageKey(passage: 1, place: nil)
    private var table = StageTable(limits: StageLimits(database: .seconds(60), send: .seconds(600)))

    private func after(_ seconds: Int) -> SuspendingClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test(
        "what is in a stage for longer than its limit is stuck, and not before",
        arguments: [(Stage.receive, 60), (.claim, 60), (.settle, 60), (.poll, 60), (.send, 600)]
    )
    mutating func limits(_ stage: Stage, _ limit: Int) {
        table.enter(stage, key, now: start)
        #expect(table.stuck(now: after(limit)) == nil)
        let stuck = table.stuck(now: after(limit + 1))
        #expect(stuck == StageTable.Stuck(stage: stage, duration: .seconds(limit + 1)))
    }

    @Test("waiting for its turn has no bound of ours")
    mutating func waiting() {
        table.enter(.wait, key, now: start)
        #expect(table.stuck(now: after(1_000_000)) == nil)
    }

    @Test("the next stage begins anew, and what left is forgotten")
    mutating func advance() {
        table.enter(.claim, key, now: start)
        table.enter(.settle, key, now: after(59))
        #expect(table.stuck(now: after(100)) == nil)
        #expect(table.stuck(now: after(120))?.stage == .settle)
        table.leave(key)
        #expect(table.stuck(now: after(1_000)) == nil)
        #expect(table.isEmpty)
    }

    @Test("one notification that advances does not hide another one that does not")
    mutating func places() {
        table.enter(.send, StageKey(passage: 1, place: 0), now: start)
        table.enter(.settle, StageKey(passage: 1, place: 1), now: after(580))
        #expect(table.stuck(now: after(601)) == StageTable.Stuck(stage: .send, duration: .seconds(601)))
        table.leave(StageKey(passage: 1, place: 0))
        #expect(table.stuck(now: after(601)) == nil)
    }

    @Test("while Postgres is away nothing is stuck, and every wait begins anew when it is back")
    mutating func absence() {
        table.enter(.claim, key, now: start)
        for second in stride(from: 1, through: 3_600, by: 1) {
            table.databaseIsAbsent(now: after(second))
            #expect(table.stuck(now: after(second)) == nil)
        }
        #expect(table.stuck(now: after(3_660)) == nil)
        #expect(table.stuck(now: after(3_661)) == StageTable.Stuck(stage: .claim, duration: .seconds(3_661)))
    }

    @Test("of several the one that is longest over its limit is named")
    mutating func worst() {
        table.enter(.send, StageKey(passage: 1, place: 0), now: start)
        table.enter(.claim, StageKey(passage: 2, place: nil), now: after(500))
        #expect(table.stuck(now: after(610))?.stage == .claim)
    }
}

import NotifyTestKit
import Testing

@testable import Reactor

@Suite("The reactor's executor")
struct ReactorExecutorTests {
    /// Passes a value on; on the reactor, like every engine.
    actor Relay {
        let reactor: Reactor
        nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
        let next: Relay?

        init(_ reactor: Reactor, next: Relay?) {
            self.reactor = reactor
            self.next = next
        }

        func pass(_ value: Int) async -> Int {
            reactor.preconditionIsolated()
            guard let next else { return value + 1 }
            let answer = await next.pass(value)
            reactor.preconditionIsolated()
            return answer + 1
        }
    }

    @Test("a thousand calls through five actors cost a handful of trips through Dispatch, not thousands")
    func noHops() async {
        let reactor = Reactor(label: "test")
        let last = Relay(reactor, next: nil)
        let first = (0..<4).reduce(last) { next, _ in Relay(reactor, next: next) }
        let before = reactor.executor.statistics
        let sum = await reactor.task {
            var sum = 0
            for value in 0..<1000 { sum += await first.pass(value) }
            return sum
        }.value
        let after = reactor.executor.statistics
        #expect(sum == 499_500 + 5000)
        #expect(after.wakeUps - before.wakeUps < 20)
    }

    @Test("child tasks of a task on the reactor run there, too, outside any actor")
    func children() async {
        let reactor = Reactor(label: "test")
        let places = await reactor.task {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { reactor.preconditionIsolated() } }
                await group.waitForAll()
            }
            reactor.preconditionIsolated()
            return 11
        }.value
        #expect(places == 11)
    }

    @Test("jobs run in the order they came, whoever enqueued them")
    func order() async {
        let reactor = Reactor(label: "test")
        let seen = await reactor.task {
            let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<600 { group.addTask { continuation.yield(number) } }
            }
            continuation.finish()
            return await stream.reduce(into: [Int]()) { $0.append($1) }
        }.value
        #expect(seen == Array(0..<600))
    }

    @Test("a task that never waits for anything lets a timer of the same queue through", .timeLimit(.minutes(1)))
    func fairness() async {
        let reactor = Reactor(label: "test")
        let flood = reactor.task {
            var turns = 0
            while !Task.isCancelled {
                await Task.yield()
                turns += 1
            }
            return turns
        }
        await withCheckedContinuation { continuation in
            reactor.schedule(after: .milliseconds(5)) { continuation.resume() }
        }
        flood.cancel()
        #expect(await flood.value > 0)
    }
}

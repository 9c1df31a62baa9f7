import Testing

@testable import Senders

@Suite("Session pool")
struct SessionPoolTests {
    typealias Pool = SessionPool
    private let start = ContinuousClock.now

    private func pool(_ sessions: Int, waiters: Int = 100) -> Pool {
        Pool(limits: .init(sessions: sessions, idle: .seconds(30), restraint: .seconds(300), waiters: waiters))
    }

    private func waiter(_ number: UInt64) -> Pool.WaiterID { Pool.WaiterID(number: number) }
    private func session(_ number: UInt64) -> Pool.SessionID { Pool.SessionID(number: number) }

    /// A pool with sessions 1…count open and busy.
    private func busyPool(_ count: Int, limit: Int) -> Pool {
        var pool = pool(limit)
        for number in 1...UInt64(count) {
            _ = pool.acquire(waiter(number), .any, now: start)
            pool.opened(session(number))
        }
        return pool
    }

    @Test("sessions are opened on demand up to the limit; who comes then waits")
    func opensUpToLimit() {
        var pool = pool(2)
        #expect(pool.acquire(waiter(1), .any, now: start) == [.grant(waiter(1), .open(session(1)))])
        #expect(pool.acquire(waiter(2), .any, now: start) == [.grant(waiter(2), .open(session(2)))])
        #expect(pool.acquire(waiter(3), .any, now: start) == [])
        #expect(pool.waiting == 1)
        #expect(pool.count == 2)
    }

    @Test("a released session goes to the one who waits longest")
    func firstInFirstOut() {
        var pool = busyPool(1, limit: 1)
        _ = pool.acquire(waiter(8), .any, now: start)
        _ = pool.acquire(waiter(9), .any, now: start)
        #expect(pool.release(session(1), now: start) == [.grant(waiter(8), .kept(session(1)))])
        #expect(pool.release(session(1), now: start) == [.grant(waiter(9), .kept(session(1)))])
    }

    @Test("who comes back from a session that was of no use stands at the head of the line")
    func returning() {
        var pool = busyPool(2, limit: 2)
        _ = pool.acquire(waiter(8), .any, now: start)
        // The server refused the second one: now there is room for one.
        _ = pool.discard(session(2), wasRefused: true, now: start)
        _ = pool.acquire(waiter(9), .any, isReturning: true, now: start)
        #expect(pool.release(session(1), now: start) == [.grant(waiter(9), .kept(session(1)))])
        #expect(pool.release(session(1), now: start) == [.grant(waiter(8), .kept(session(1)))])
    }

    @Test("nobody waiting: it is kept, and the newest is handed out first")
    func keepsNewestFirst() {
        var pool = busyPool(2, limit: 2)
        #expect(pool.release(session(1), now: start) == [])
        #expect(pool.release(session(2), now: start) == [])
        #expect(pool.acquire(waiter(9), .any, now: start) == [.grant(waiter(9), .kept(session(2)))])
    }

    @Test("what is idle too long is closed, and only that")
    func expires() {
        var pool = busyPool(2, limit: 2)
        _ = pool.release(session(1), now: start)
        _ = pool.release(session(2), now: start.advanced(by: .seconds(10)))
        #expect(pool.nextExpiry == start.advanced(by: .seconds(30)))
        #expect(pool.expire(now: start.advanced(by: .seconds(29))) == [])
        #expect(pool.expire(now: start.advanced(by: .seconds(30))) == [.close(session(1))])
        #expect(pool.expire(now: start.advanced(by: .seconds(40))) == [.close(session(2))])
        #expect(pool.nextExpiry == nil)
        #expect(pool.count == 0)
    }

    @Test("a session lost at the limit makes room: the first in line opens another")
    func replacesLost() {
        var pool = busyPool(1, limit: 1)
        _ = pool.acquire(waiter(9), .any, now: start)
        #expect(pool.discard(session(1), now: start) == [.grant(waiter(9), .open(session(2)))])
    }

    @Test("fresh is asked for: opened below the limit, at the limit an idle one gives way, else it waits")
    func fresh() {
        var below = busyPool(1, limit: 2)
        _ = below.release(session(1), now: start)
        #expect(below.acquire(waiter(9), .fresh, now: start) == [.grant(waiter(9), .open(session(2)))])

        var full = busyPool(1, limit: 1)
        _ = full.release(session(1), now: start)
        #expect(
            full.acquire(waiter(9), .fresh, now: start) == [.close(session(1)), .grant(waiter(9), .open(session(2)))]
        )

        var busy = busyPool(1, limit: 1)
        #expect(busy.acquire(waiter(9), .fresh, now: start) == [])
        #expect(busy.release(session(1), now: start) == [.close(session(1)), .grant(waiter(9), .open(session(2)))])
    }

    @Test("a refused extra session halves the limit for the time of restraint, and its message waits")
    func halves() {
        var pool = busyPool(3, limit: 8)
        _ = pool.acquire(waiter(9), .any, now: start)
        #expect(pool.hasOthers(than: session(4)))
        #expect(pool.discard(session(4), wasRefused: true, now: start) == [])
        #expect(pool.limit(now: start) == 4)
        #expect(pool.limit(now: start.advanced(by: .seconds(299))) == 4)
        #expect(pool.limit(now: start.advanced(by: .seconds(300))) == 8)
    }

    @Test("a burst of refusals, all begun before the first, halves once")
    func burstHalvesOnce() {
        var pool = busyPool(2, limit: 64)
        for number in UInt64(3)...64 { _ = pool.acquire(waiter(number), .any, now: start) }
        for number in UInt64(3)...64 { _ = pool.discard(session(number), wasRefused: true, now: start) }
        #expect(pool.limit(now: start) == 32)
        _ = pool.acquire(waiter(100), .any, now: start)
        _ = pool.discard(session(65), wasRefused: true, now: start)
        #expect(pool.limit(now: start) == 16)
    }

    @Test("refusals never bring the limit below one, and the only session's refusal is no restraint")
    func atLeastOne() {
        var pool = busyPool(1, limit: 2)
        for number in UInt64(2)...9 {
            _ = pool.acquire(waiter(number), .any, now: start)
            _ = pool.discard(session(number), wasRefused: true, now: start)
        }
        #expect(pool.limit(now: start) == 1)

        var alone = self.pool(8)
        _ = alone.acquire(waiter(1), .any, now: start)
        #expect(!alone.hasOthers(than: session(1)))
        _ = alone.discard(session(1), wasRefused: true, now: start)
        #expect(alone.limit(now: start) == 8)
    }

    @Test("after an outage, in which not even a session alone was opened, the limit is what it was")
    func outageEndsRestraint() {
        var pool = busyPool(1, limit: 64)
        _ = pool.acquire(waiter(2), .any, now: start)
        _ = pool.discard(session(2), wasRefused: true, now: start)
        pool.opened(session(1))
        #expect(pool.limit(now: start) == 32, "the server takes some")
        pool.failedAlone()
        #expect(pool.limit(now: start) == 32, "few are tried while it is out")
        pool.opened(session(1))
        #expect(pool.limit(now: start) == 64)
    }

    @Test("one that works is kept at the limit while another is only being opened")
    func keepsWhatWorks() {
        var pool = busyPool(1, limit: 3)
        for number in UInt64(2)...3 { _ = pool.acquire(waiter(number), .any, now: start) }
        _ = pool.discard(session(2), wasRefused: true, now: start)
        #expect(pool.limit(now: start) == 1)
        #expect(pool.release(session(1), now: start) == [])
        #expect(pool.acquire(waiter(4), .any, now: start) == [.grant(waiter(4), .kept(session(1)))])
    }

    @Test("above a limit that was halved a released session is closed")
    func shrinks() {
        var pool = busyPool(4, limit: 5)
        _ = pool.acquire(waiter(9), .any, now: start)
        _ = pool.discard(session(5), wasRefused: true, now: start)
        #expect(pool.limit(now: start) == 2)
        #expect(pool.release(session(1), now: start) == [.close(session(1))])
        #expect(pool.release(session(2), now: start) == [.close(session(2))])
        #expect(pool.release(session(3), now: start) == [])
        #expect(pool.count == 2)
    }

    @Test("refused in answer to the first command counts like refused at the door, also in a burst")
    func refusedAfterOpening() {
        var pool = busyPool(8, limit: 16)
        for number in UInt64(5)...8 { _ = pool.discard(session(number), wasRefused: true, now: start) }
        #expect(pool.limit(now: start) == 8)
        #expect(pool.count == 4)
    }

    @Test("the line is bounded, and who left it gets nothing")
    func boundedLine() {
        var pool = pool(1, waiters: 1)
        _ = pool.acquire(waiter(1), .any, now: start)
        _ = pool.acquire(waiter(2), .any, now: start)
        #expect(pool.acquire(waiter(3), .any, now: start) == [.turnAway(waiter(3))])
        pool.withdraw(waiter(2))
        #expect(pool.release(session(1), now: start) == [])
    }

    @Test("shut down: all who wait or come are turned away, idle sessions close, busy ones as they are released")
    func shutDown() {
        var pool = busyPool(2, limit: 2)
        _ = pool.release(session(1), now: start)
        _ = pool.acquire(waiter(7), .any, now: start)
        _ = pool.acquire(waiter(8), .any, now: start)
        #expect(pool.shutDown() == [.turnAway(waiter(8))])
        #expect(pool.acquire(waiter(9), .any, now: start) == [.turnAway(waiter(9))])
        #expect(pool.release(session(1), now: start) == [.close(session(1))])
        #expect(pool.release(session(2), now: start) == [.close(session(2))])
        #expect(pool.count == 0)
    }

    @Test("any course of events: never over the limit, no session in two hands, nobody forgotten")
    func randomCourses() {
        var random = SplitMix(state: 7)
        for _ in 0..<200 {
            var pool = pool(1 + Int(random.next() % 6))
            var held: Set<Pool.SessionID> = []
            var waiting: Set<Pool.WaiterID> = []
            var now = start
            for step in UInt64(1)...150 {
                now = now.advanced(by: .seconds(Int(random.next() % 20)))
                var decisions: [Pool.Decision] = []
                let some = held.sorted { $0.number < $1.number }.first
                switch (random.next() % 6, some) {
                case (0, _), (1, _), (_, nil):
                    waiting.insert(waiter(step))
                    decisions = pool.acquire(waiter(step), random.next() % 4 == 0 ? .fresh : .any, now: now)
                case (2, let id?):
                    held.remove(id)
                    decisions = pool.discard(id, wasRefused: random.next() % 2 == 0, now: now)
                case (3, _):
                    decisions = pool.expire(now: now)
                case (_, let id?):
                    held.remove(id)
                    decisions = pool.release(id, now: now)
                }
                for decision in decisions {
                    switch decision {
                    case .grant(let id, .kept(let session)):
                        #expect(waiting.remove(id) != nil)
                        #expect(held.insert(session).inserted)
                    case .grant(let id, .open(let session)):
                        #expect(waiting.remove(id) != nil)
                        #expect(held.insert(session).inserted)
                    case .turnAway(let id): Issue.record("\(id) was turned away")
                    case .close(let session): #expect(!held.contains(session))
                    }
                }
                #expect(pool.waiting == waiting.count)
                #expect(pool.count <= 6)
                if !waiting.isEmpty { #expect(pool.count >= pool.limit(now: now) || !held.isEmpty) }
            }
        }
    }
}

/// A small reproducible generator (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

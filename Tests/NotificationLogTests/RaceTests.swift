import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Testing

@testable import NotificationLog

@Suite("Races around one event, on a real server", .enabled(if: TestServers.databaseURL != nil))
struct RaceTests {
    private static let copy = StoredMessage(body: [9], headers: "{}")

    @Test("a copy parked just before a settle that already waits for the row goes with that settle")
    func copyBeforeSettle() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        var parked: Task<Bool, any Error>?
        var settled: Task<SettleOutcome, any Error>?
        try await test.whileLocked(claim.key) { blocker in
            parked = Task { try await test.log.parked.parkCopy(of: claim.key, message: Self.copy) }
            try await blocker.untilWaiting(1)
            settled = Task { try await test.log.settles.settle(test.settlement(claim)).outcome }
            try await blocker.untilWaiting(2)
        }
        #expect(try await parked?.value == true)
        #expect(try await settled?.value == .settled)
        #expect(try await test.count("parked") == 0)
        try await test.close()
    }

    @Test("a copy that waits behind its event's settle is not stored, and its message is looked at again")
    func copyAfterSettle() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        var parked: Task<Bool, any Error>?
        var settled: Task<SettleOutcome, any Error>?
        try await test.whileLocked(claim.key) { blocker in
            settled = Task { try await test.log.settles.settle(test.settlement(claim)).outcome }
            try await blocker.untilWaiting(1)
            parked = Task { try await test.log.parked.parkCopy(of: claim.key, message: Self.copy) }
            try await blocker.untilWaiting(2)
        }
        #expect(try await settled?.value == .settled)
        #expect(try await parked?.value == false)
        #expect(try await test.count("parked") == 0)
        try await test.close()
    }

    @Test("a claim asked for while its owner gives it back is taken or held, never a duplicate")
    func releaseBesideClaim() async throws {
        let test = try await TestLog()
        let other = try await test.replica()
        for round in 0..<25 {
            let keys = (0..<20).map { "\(round)-\($0)" }
            var claims: [Claim] = []
            for key in keys { claims.append(try await test.claimed(test.request(key))) }
            let dropped = try await withThrowingTaskGroup(of: Bool.self, returning: Int.self) { group in
                for key in keys {
                    group.addTask {
                        let outcome = try await other.claims.claim(test.request(key)).outcome
                        return outcome == .duplicate || outcome == .conflict
                    }
                }
                for claim in claims {
                    group.addTask {
                        try await test.log.claims.release([claim])
                        return false
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(dropped == 0)
        }
        await other.close()
        try await test.close()
    }

    @Test("an event given back while its copy is being taken up is taken exactly once, and is no resend")
    func releaseBesideTakeUp() async throws {
        let test = try await TestLog()
        let other = try await test.replica()
        for round in 0..<40 {
            let claim = try await test.claimed(test.request("k\(round)"))
            _ = try await test.log.parked.parkCopy(of: claim.key, message: Self.copy)
            async let released: Void = test.log.claims.release([claim])
            async let first = test.takeDue(8, by: other)
            try await released
            var taken = try await first
            // One that was looked at before the release waits a second; nothing else may keep it.
            try await test.execute("UPDATE parked SET due_at = now() WHERE hold = 'lease' AND dedupe_key = 'k\(round)'")
            taken += try await test.takeDue(8, by: other)
            #expect(taken.map(\.claim.key) == [claim.key])
            for due in taken {
                #expect(due.claim.resendCount == 0)
                _ = try await other.settles.settle(test.settlement(due.claim))
            }
        }
        #expect(try await test.count("parked") == 0)
        await other.close()
        try await test.close()
    }

    @Test("a slow owner's settle beside a take-over: exactly one of the two has the event")
    func settleBesideTakeUp() async throws {
        let test = try await TestLog()
        let other = try await test.replica()
        try await test.parkDue(80)
        let owned = try await test.takeDue(80, by: test.log)
        #expect(owned.count == 80)
        try await test.execute("UPDATE event SET lease_until = now(); UPDATE parked SET due_at = now()")
        let (settled, taken) = try await withThrowingTaskGroup(
            of: (settled: EventKey?, taken: [EventKey]).self,
            returning: (Set<EventKey>, [EventKey]).self
        ) { group in
            for due in owned {
                group.addTask {
                    let outcome = try await test.log.settles.settle(test.settlement(due.claim)).outcome
                    return (outcome == .settled ? due.claim.key : nil, [])
                }
            }
            for _ in 0..<20 {
                group.addTask {
                    let due = try await test.takeDue(5, by: other)
                    for event in due { #expect(event.claim.resendCount == 1) }
                    return (nil, due.map(\.claim.key))
                }
            }
            return try await group.reduce(into: ([], [])) { sum, part in
                if let key = part.settled { sum.0.insert(key) }
                sum.1 += part.taken
            }
        }
        #expect(Set(taken).count == taken.count)
        #expect(settled.isDisjoint(with: taken))
        let rest = try await test.takeDue(100, by: test.log).map(\.claim.key)
        #expect(settled.count + taken.count + rest.count == 80)
        // What is not settled keeps its body.
        #expect(try await test.count("parked") == 80 - settled.count)
        await other.close()
        try await test.close()
    }

    @Test("many take-ups at once on two replicas: each due row is taken once, none is left")
    func takeUpsBesideEachOther() async throws {
        let test = try await TestLog()
        let other = try await test.replica()
        try await test.parkDue(200)
        var taken: [EventKey] = []
        while try await test.count("event", where: "states = '{parked}'") > 0 {
            taken += try await withThrowingTaskGroup(of: [EventKey].self, returning: [EventKey].self) { group in
                for turn in 0..<8 {
                    let store = turn % 2 == 0 ? test.log : other
                    group.addTask {
                        try await test.takeDue(7, by: store).map(\.claim.key)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
        }
        #expect(taken.count == 200 && Set(taken).count == 200)
        #expect(try await test.count("parked") == 200)
        await other.close()
        try await test.close()
    }

    @Test("copies parked beside a take-over: one body an event, whoever came first")
    func copyBesideTakeUp() async throws {
        let test = try await TestLog()
        let other = try await test.replica()
        for round in 0..<40 {
            let claim = try await test.claimed(test.request("k\(round)"))
            _ = try await test.log.parked.parkCopy(of: claim.key, message: Self.copy)
            try await test.execute("UPDATE event SET lease_until = now(); UPDATE parked SET due_at = now()")
            async let isParked = test.log.parked.parkCopy(of: claim.key, message: Self.copy)
            async let taken = test.takeDue(100, by: other)
            #expect(try await isParked)
            let due = try await taken
            #expect(due.count <= 1)
            #expect(try await test.count("parked", where: "dedupe_key = 'k\(round)'") == 1)
            for event in due { _ = try await other.settles.settle(test.settlement(event.claim)) }
            if due.isEmpty { _ = try await test.log.settles.settle(test.settlement(claim)) }
        }
        #expect(try await test.count("parked") == 0)
        await other.close()
        try await test.close()
    }
}

import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Testing

@testable import NotificationLog

@Suite("Claims on a real server", .enabled(if: TestServers.databaseURL != nil))
struct ClaimTests {
    @Test("the first claim wins, a second one of the same event is held elsewhere, a settled one is a duplicate")
    func once() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        #expect(claim.open.map(\.channel) == [.channel(.email)])
        let second = try await test.log.claims.claim(test.request("a", channels: [.channel(.sms)])).outcome
        guard case .heldElsewhere = second else { throw TestFailure("\(second)") }
        #expect(try await test.log.settles.settle(test.settlement(claim)).outcome == .settled)
        #expect(try await test.log.claims.claim(test.request("a")).outcome == .duplicate)
        let sql = "SELECT status, attempts::text, provider, sent_at::text FROM notification_log"
        let row = try #require(try await test.row(sql, columns: 4))
        #expect(row[0] == "sent" && row[1] == "1" && row[3] != nil)
        #expect(try await test.row("SELECT count(*)::text FROM delivery_attempt WHERE dns_ms = 3") == ["1"])
        try await test.close()
    }

    @Test("the same key with other values is a conflict")
    func conflict() async throws {
        let test = try await TestLog()
        _ = try await test.claimed(test.request("a"))
        let other = try await test.log.claims.claim(test.request("a", fingerprint: [2])).outcome
        #expect(other == .conflict)
        try await test.close()
    }

    @Test("an event that waits for its contact has values to conflict with, also when its lease is over")
    func conflictWithUndecided() async throws {
        let test = try await TestLog()
        _ = try await test.claimed(test.request("a", channels: [.none], fingerprint: [1]))
        #expect(try await test.log.claims.claim(test.request("a", fingerprint: [2])).outcome == .conflict)
        try await test.execute("UPDATE event SET lease_until = now() - interval '1 second'")
        #expect(try await test.log.claims.claim(test.request("a", fingerprint: [2])).outcome == .conflict)
        let same = try await test.claimed(test.request("a", fingerprint: [1]))
        #expect(same.isUndecided && same.claims == 2)
        try await test.close()
    }

    @Test(
        "an event that nobody could read has no values to conflict with, whoever comes first",
        arguments: [[UInt8](), ContentDigest.sha256([UInt8]())]
    )
    func noConflictWithUnread(fingerprint: [UInt8]) async throws {
        let test = try await TestLog()
        _ = try await test.claimed(test.request("a", channels: [.none], fingerprint: fingerprint))
        let second = try await test.log.claims.claim(test.request("a", fingerprint: [2])).outcome
        guard case .heldElsewhere = second else { throw TestFailure("\(second)") }
        try await test.execute("UPDATE event SET lease_until = now() - interval '1 second'")
        _ = try await test.claimed(test.request("a", fingerprint: [2]))
        _ = try await test.claimed(test.request("b", channels: [.none], fingerprint: [2]))
        try await test.execute("UPDATE event SET lease_until = now() - interval '1 second'")
        _ = try await test.claimed(test.request("b", fingerprint: fingerprint))
        try await test.close()
    }

    @Test("a claim asked for again under its own token is ours: a lost COMMIT reply costs nothing")
    func ownToken() async throws {
        let test = try await TestLog()
        let request = test.request("a")
        let first = try await test.claimed(request)
        let again = try await test.claimed(request)
        #expect(first.token == again.token && first.notifications == again.notifications)
        try await test.close()
    }

    @Test("an expired lease is taken over with the first claim's channels, and counts as a resend for email")
    func takeOver() async throws {
        let test = try await TestLog(lease: .milliseconds(1))
        let first = try await test.claimed(test.request("a"))
        try await test.execute("UPDATE event SET lease_until = now() - interval '1 second'")
        let second = try await test.claimed(test.request("a", channels: [.channel(.sms)]))
        #expect(second.notifications.map(\.id) == first.notifications.map(\.id))
        #expect(second.resendCount == 1 && second.claims == 2)
        #expect(try await test.log.settles.settle(test.settlement(first)).outcome == .claimLost)
        #expect(try await test.row("SELECT count(*)::text FROM notification_log") == ["0"])
        try await test.close()
    }

    @Test("soon after the server's start an expired lease is still honoured: its owner may live")
    func grace() async throws {
        let test = try await TestLog(grace: TakeOverGrace(afterServerStart: .seconds(1_000_000_000)))
        _ = try await test.claimed(test.request("a"))
        try await test.execute("UPDATE event SET lease_until = now() - interval '1 second'")
        let second = try await test.log.claims.claim(test.request("a")).outcome
        guard case .heldElsewhere = second else { throw TestFailure("\(second)") }
        try await test.close()
    }

    @Test("a released claim loses its begun mark: nothing left, so nothing is uncertain")
    func releaseBegun() async throws {
        let test = try await TestLog()
        let first = try await test.claimed(test.request("a", channels: [.channel(.sms)]))
        #expect(try await test.log.claims.begin(first, channel: .sms))
        try await test.log.claims.release([first])
        let second = try await test.claimed(test.request("a", channels: [.channel(.sms)]))
        #expect(second.notifications.map(\.isBegun) == [false])
        try await test.close()
    }

    @Test("a begun mark outlives its owner")
    func begunOutlives() async throws {
        let test = try await TestLog()
        let first = try await test.claimed(test.request("a", channels: [.channel(.sms)]))
        #expect(try await test.log.claims.begin(first, channel: .sms))
        try await test.execute("UPDATE event SET lease_until = now() - interval '1 second'")
        let second = try await test.claimed(test.request("a", channels: [.channel(.sms)]))
        #expect(second.notifications.map(\.isBegun) == [true])
        try await test.close()
    }

    @Test("a released claim is taken at once and is no resend")
    func release() async throws {
        let test = try await TestLog()
        let first = try await test.claimed(test.request("a"))
        try await test.log.claims.release([first])
        let second = try await test.claimed(test.request("a"))
        #expect(second.resendCount == 0 && second.claims == 1)
        try await test.close()
    }

    @Test("renewal keeps what is ours and tells what is lost")
    func renewal() async throws {
        let test = try await TestLog()
        let kept = try await test.claimed(test.request("a"))
        let lost = try await test.claimed(test.request("b"))
        try await test.execute("UPDATE event SET claim_token = gen_random_uuid() WHERE dedupe_key = 'b'")
        #expect(try await test.log.claims.renew([kept, lost]) == [kept.token])
        try await test.close()
    }

    @Test("a hundred claims handed in at once share few commits and each gets its own answer")
    func batches() async throws {
        let test = try await TestLog()
        let sizes = try await withThrowingTaskGroup(of: Int.self, returning: [Int].self) { group in
            for number in 0..<100 {
                group.addTask {
                    let answer = try await test.log.claims.claim(test.request("k\(number)"))
                    guard case .claimed(let claim) = answer.outcome, claim.key.dedupeKey == "k\(number)" else {
                        throw TestFailure("wrong answer")
                    }
                    return answer.batch.size
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sizes.max() ?? 0 > 1)
        #expect(try await test.row("SELECT count(*)::text FROM event") == ["100"])
        try await test.close()
    }

    @Test("two replicas claiming the same events in opposite order both finish, each event claimed once")
    func noDeadlock() async throws {
        let test = try await TestLog()
        let lease = Duration.seconds(60)
        let other = NotificationStore(target: test.target, reactor: test.reactor, lease: lease, observer: { _ in })
        await other.start()
        let numbers = Array(0..<200)
        let claimed = try await withThrowingTaskGroup(of: Bool.self, returning: Int.self) { group in
            for (log, order) in [(test.log, numbers), (other, numbers.reversed())] {
                for number in order {
                    group.addTask {
                        let outcome = try await log.claims.claim(test.request("k\(number)")).outcome
                        if case .claimed = outcome { return true }
                        return false
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(claimed == 200)
        await other.close()
        try await test.close()
    }

    @Test("one value that Postgres refuses fails alone, its batch neighbours are settled")
    func halving() async throws {
        let test = try await TestLog()
        var claims: [Claim] = []
        for number in 0..<8 { claims.append(try await test.claimed(test.request("k\(number)"))) }
        let outcomes = await withTaskGroup(of: Bool.self, returning: [Bool].self) { group in
            for (number, claim) in claims.enumerated() {
                var settlement = test.settlement(claim, status: .failed)
                // Not JSON: class 22.
                if number == 3 { settlement.message?.headers = "{broken" }
                group.addTask { (try? await test.log.settles.settle(settlement)) != nil }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 }.count == 7)
        #expect(try await test.row("SELECT count(*)::text FROM notification_log") == ["7"])
        try await test.close()
    }
}

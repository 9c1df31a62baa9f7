import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Testing

@testable import NotificationLog

@Suite("Batches that meet bad rows and duplicates, on a real server", .enabled(if: TestServers.databaseURL != nil))
struct BatchFailureTests {
    @Test("a key too long for the index (54000) is refused for its own claim, its neighbours are claimed")
    func longKey() async throws {
        let test = try await TestLog()
        // Random, since the index stores compressible keys compressed.
        let long = (0..<400).map { _ in UUID().uuidString }.joined()
        let outcomes = await withTaskGroup(of: (Int, Bool).self, returning: [Int: Bool].self) { group in
            for number in 0..<20 {
                group.addTask {
                    let request = test.request(number == 7 ? long : "k\(number)")
                    do throws(DatabaseError) {
                        let outcome = try await test.log.claims.claim(request).outcome
                        if case .claimed = outcome { return (number, true) }
                        return (number, false)
                    } catch {
                        return (number, !(number == 7 && error.isCausedByData))
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(outcomes.filter { !$0.value }.map(\.key) == [7])
        #expect(try await test.count("event") == 19)
        try await test.close()
    }

    @Test("a number out of range (22003) is refused for its own settle, which can be settled in another way")
    func overflow() async throws {
        let test = try await TestLog()
        var claims: [Claim] = []
        for number in 0..<20 { claims.append(try await test.claimed(test.request("k\(number)"))) }
        let failed = await withTaskGroup(of: Int?.self, returning: [Int].self) { group in
            for (number, claim) in claims.enumerated() {
                var settlement = test.settlement(claim)
                if number == 11 { settlement.record.attempts = 1 << 40 }
                group.addTask { [settlement] in
                    do throws(DatabaseError) {
                        _ = try await test.log.settles.settle(settlement)
                        return nil
                    } catch {
                        return error.isCausedByData ? number : -1
                    }
                }
            }
            return await group.reduce(into: []) { if let number = $1 { $0.append(number) } }
        }
        #expect(failed == [11])
        #expect(try await test.count("notification_log", where: "status = 'sent'") == 19)
        #expect(try await test.count("event", where: "lease_until IS NOT NULL") == 1)
        #expect(try await test.log.settles.settle(test.settlement(claims[11], status: .failed)).outcome == .settled)
        #expect(try await test.count("event", where: "lease_until IS NOT NULL") == 0)
        try await test.close()
    }

    @Test("the same event asked for many times at once is claimed once, and held for the others")
    func sameKey() async throws {
        let test = try await TestLog()
        let claimed = try await withThrowingTaskGroup(of: Bool.self, returning: Int.self) { group in
            for _ in 0..<30 {
                group.addTask {
                    switch try await test.log.claims.claim(test.request("a")).outcome {
                    case .claimed: return true
                    case .heldElsewhere: return false
                    case .duplicate, .conflict: throw TestFailure("neither claimed nor held")
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(claimed == 1)
        try await test.close()
    }

    @Test("two channels of one event settled at once are both kept, and the claim ends with the second")
    func sameKeyTwoPlaces() async throws {
        let test = try await TestLog()
        for number in 0..<50 {
            let request = test.request("k\(number)", channels: [.channel(.email), .channel(.sms)])
            let claim = try await test.claimed(request)
            async let email = test.log.settles.settle(test.settlement(claim, index: 0)).outcome
            async let sms = test.log.settles.settle(test.settlement(claim, index: 1)).outcome
            let outcomes = try await [email, sms]
            #expect(outcomes == [.settled, .settled])
        }
        #expect(try await test.count("event", where: "states = '{settled,settled}' AND lease_until IS NULL") == 50)
        #expect(try await test.count("notification_log", where: "status = 'sent'") == 100)
        try await test.close()
    }
}

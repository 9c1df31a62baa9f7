import Broker
import DomainEvents
import FoundationEssentials
import Testing

@testable import NotifyDaemon

@Suite("The runtime's small decisions")
struct RuntimeValueTests {
    @Test("identifiers are version 7, variant 10, and sort by their time")
    func identifiers() {
        let early = UUIDv7.make(milliseconds: 1_790_000_000_000, random: (UInt64.max, UInt64.max))
        let late = UUIDv7.make(milliseconds: 1_790_000_000_001, random: (0, 0))
        #expect(early.uuidString < late.uuidString)
        #expect(early.uuid.6 >> 4 == 7 && late.uuid.6 >> 4 == 7)
        #expect(early.uuid.8 >> 6 == 2 && late.uuid.8 >> 6 == 2)
        #expect(early.uuidString.hasPrefix("01A0C450-6C00-7"))
    }

    @Test("a source's identifiers are all different and of now, over many refills")
    func manyIdentifiers() {
        var source = UUIDv7Source()
        let made = (0..<1000).map { _ in source.next() }
        #expect(Set(made).count == made.count)
        #expect(made.allSatisfy { $0.uuid.6 >> 4 == 7 && $0.uuid.8 >> 6 == 2 })
        let now = UUIDv7.make(milliseconds: EpochTime.now() / 1_000_000, random: (UInt64.max, UInt64.max))
        #expect(made.allSatisfy { $0.uuidString <= now.uuidString })
    }

    @Test("the destination names exchange, key and queue, the queue only where it is not the key")
    func destination() {
        let message = IncomingMessage(
            exchange: "domain-events",
            routingKey: "user.signup",
            body: [],
            receivedAt: Date()
        )
        #expect(
            EventSpans.destination(message, queue: "notifications.events")
                == "domain-events:user.signup:notifications.events"
        )
        #expect(EventSpans.destination(message, queue: "user.signup") == "domain-events:user.signup")
    }

    @Test("x-death's first table tells reason and origin; anything else tells nothing")
    func death() {
        let headers: [String: HeaderValue] = [
            "x-death": .array([
                .table([
                    "reason": .string("delivery_limit"), "exchange": .string("domain-events"),
                    "routing-keys": .array([.string("user.signup")]),
                ]),
                .table(["reason": .string("rejected")]),
            ])
        ]
        let record = DeathRecord(headers)
        #expect(record?.reason == "delivery_limit")
        #expect(record?.exchange == "domain-events")
        #expect(record?.routingKey == "user.signup")
        #expect(DeathRecord(["x-death": .string("rejected")]) == nil)
        #expect(DeathRecord([:]) == nil)
    }

    @Test("turns of one key come one after the other in order, other keys do not wait")
    func turns() async {
        actor Desk {
            let turns = KeyedTurns<String>()
            var served: [String] = []

            func serve(_ key: String, _ name: String) async {
                await turns.begin(key)
                served.append("\(name) begins")
                await Task.yield()
                served.append("\(name) ends")
                turns.end(key)
            }
        }
        let desk = Desk()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 { group.addTask { await desk.serve("same", "\(number)") } }
            group.addTask { await desk.serve("other", "other") }
        }
        let served = await desk.served.filter { !$0.hasPrefix("other") }
        #expect(served.count == 40)
        for pair in stride(from: 0, to: 40, by: 2) {
            #expect(served[pair].dropLast(" begins".count) == served[pair + 1].dropLast(" ends".count))
        }
        #expect(await desk.served.count { $0.hasPrefix("other") } == 2)
    }
}

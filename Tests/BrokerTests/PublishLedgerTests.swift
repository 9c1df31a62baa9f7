import Testing

@testable import Broker

@Suite("PublishLedger")
struct PublishLedgerTests {
    private func key(_ id: String?, _ routingKey: String = "k") -> PublishLedger.Key {
        PublishLedger.Key(exchange: "e", routingKey: routingKey, messageID: id)
    }

    private let noRoute = ReturnMethod(replyCode: 312, replyText: "NO_ROUTE", exchange: "e", routingKey: "k")

    @Test("confirms, single and multiple: each publish once")
    func confirms() {
        var ledger = PublishLedger()
        for id in ["a", "b", "c", "d"] { _ = ledger.published(key(id)) }
        #expect(ledger.confirmed(2, multiple: false) == [.init(tag: 2, result: .confirmed)])
        #expect(
            ledger.confirmed(3, multiple: true)
                == [.init(tag: 1, result: .confirmed), .init(tag: 3, result: .confirmed)]
        )
        #expect(ledger.confirmed(3, multiple: true) == [])
        #expect(ledger.refused(0, multiple: true) == [.init(tag: 4, result: .refused)])
        #expect(ledger.unconfirmedCount == 0)
    }

    @Test("returned, then confirmed with others: returned is what counts, for that message only")
    func returned() {
        var ledger = PublishLedger()
        for id in ["a", "b", "c"] { _ = ledger.published(key(id)) }
        ledger.returned(noRoute)
        ledger.header(messageID: "b")
        #expect(
            ledger.confirmed(3, multiple: true) == [
                .init(tag: 1, result: .confirmed), .init(tag: 2, result: .returned(noRoute)),
                .init(tag: 3, result: .confirmed),
            ]
        )
    }

    @Test("equal messages without ids returned twice: two of them, not one twice")
    func equalMessages() {
        var ledger = PublishLedger()
        for _ in 0..<2 { _ = ledger.published(key(nil)) }
        for _ in 0..<2 {
            ledger.returned(noRoute)
            ledger.header(messageID: nil)
        }
        #expect(ledger.confirmed(2, multiple: true).map(\.result) == [.returned(noRoute), .returned(noRoute)])
    }

    @Test("a header without a return, a return of nothing of ours: nothing changes")
    func strangers() {
        var ledger = PublishLedger()
        _ = ledger.published(key("a"))
        ledger.header(messageID: "a")
        ledger.returned(noRoute)
        ledger.header(messageID: "z")
        #expect(ledger.confirmed(1, multiple: false) == [.init(tag: 1, result: .confirmed)])
    }
}

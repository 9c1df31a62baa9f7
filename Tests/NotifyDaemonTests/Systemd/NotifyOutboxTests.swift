import Testing

@testable import NotifyDaemon

@Suite struct NotifyOutboxTests {
    private var outbox = NotifyOutbox()

    @Test("a status or a sign of life that could not be sent is not kept")
    mutating func dispensable() {
        outbox.keep(NotifyMessage(status: "waiting", feedsWatchdog: true))
        #expect(outbox.first == nil)
    }

    @Test("a state is kept, without the status that will be old by then")
    mutating func states() {
        outbox.keep(NotifyMessage(state: .ready, status: "consuming"))
        outbox.keep(NotifyMessage(state: .reloading(monotonic: 1), status: "reloading"))
        #expect(outbox.waiting == [NotifyMessage(state: .ready), NotifyMessage(state: .reloading(monotonic: 1))])
        outbox.removeFirst()
        #expect(outbox.first == NotifyMessage(state: .reloading(monotonic: 1)))
    }

    @Test("stopping makes everything before it history")
    mutating func stopping() {
        outbox.keep(NotifyMessage(state: .ready))
        outbox.keep(NotifyMessage(state: .stopping, extendTimeout: .seconds(30)))
        #expect(outbox.waiting == [NotifyMessage(state: .stopping, extendTimeout: .seconds(30))])
    }

    @Test("a manager that never reads costs three messages, and the last of them is the state of now")
    mutating func bounded() {
        outbox.keep(NotifyMessage(state: .ready))
        for reload in 1...100 as ClosedRange<UInt64> {
            outbox.keep(NotifyMessage(state: .reloading(monotonic: reload)))
            outbox.keep(NotifyMessage(state: .ready))
        }
        #expect(outbox.waiting.map(\.state) == [.ready, .reloading(monotonic: 100), .ready])
    }
}

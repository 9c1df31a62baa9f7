import Testing

@testable import NotifyDaemon

@Suite("What the log is told of consuming")
struct ConsumingNewsTests {
    @Test("each change is said once")
    func changes() {
        var news = ConsumingNews()
        #expect(news.changed(isConsuming: false) == .paused)
        #expect(news.changed(isConsuming: true) == .consuming)
        #expect(news.changed(isConsuming: true) == nil)
        #expect(news.changed(isConsuming: false) == .paused)
    }

    @Test("fetching one message to probe a provider, however often, says nothing; the return of all does")
    func probes() {
        var news = ConsumingNews()
        _ = news.changed(isConsuming: false)
        for _ in 0..<3 {
            #expect(news.isForProbe(true) == nil)
            #expect(news.changed(isConsuming: true) == nil)
            #expect(news.changed(isConsuming: false) == nil)
        }
        #expect(news.isForProbe(false) == nil)
        #expect(news.changed(isConsuming: true) == .consuming)
    }

    @Test("a provider that comes back while its probe is awaited lets consuming go on for all")
    func probeOvertaken() {
        var news = ConsumingNews()
        _ = news.changed(isConsuming: false)
        _ = news.isForProbe(true)
        #expect(news.changed(isConsuming: true) == nil)
        #expect(news.isForProbe(false) == .consuming)
        #expect(news.changed(isConsuming: true) == nil)
    }

    @Test("after a new connection the state is said again")
    func reconnected() {
        var news = ConsumingNews()
        _ = news.changed(isConsuming: true)
        news.connected()
        #expect(news.changed(isConsuming: true) == .consuming)
    }
}

import Logging
import Testing

@testable import Telemetry

@Suite struct ServerNewsTests {
    private let start = ContinuousClock.now

    @Test("the first connection is connected, later ones are reconnected, each said once")
    func comings() {
        var news = ServerNews()
        #expect(news.up(now: start) == .connected)
        #expect(news.up(now: start) == nil)
        #expect(news.lost("eof", now: start) == .lost(failures: 1))
        #expect(news.up(now: start) == .reconnected)
    }

    @Test("a server that is away for ten minutes is one line at once and one a minute with a count")
    func away() {
        var news = ServerNews()
        _ = news.up(now: start)
        var lines = [news.lost("refused", now: start)]
        for second in 1...600 { lines.append(news.failed("refused", now: start + .seconds(second))) }
        #expect(
            lines.compactMap(\.self) == [.lost(failures: 1)] + (1...10).map { .waiting(failures: 60 * $0 + 1) }
        )
        #expect(news.up(now: start + .seconds(601)) == .reconnected)
    }

    @Test("a server that was never there is waited for at once, and a new reason is said at once")
    func absent() {
        var news = ServerNews()
        #expect(news.failed("refused", now: start) == .waiting(failures: 1))
        #expect(news.failed("refused", now: start + .seconds(1)) == nil)
        #expect(news.failed("wrong password", now: start + .seconds(2)) == .waiting(failures: 3))
        #expect(news.up(now: start + .seconds(3)) == .connected)
    }

    @Test("a connection that keeps breaking is told five times, then once a minute with its count")
    func flapping() {
        var news = ServerNews()
        var lines: [(second: Int, line: ServerNews.Line)] = []
        for second in 0..<600 {
            let now = start + .seconds(second)
            let next = second % 2 == 0 ? news.up(now: now) : news.lost("eof", now: now)
            if let next { lines.append((second, next)) }
        }
        let losses = lines.filter { if case .lost = $0.line { true } else { false } }
        #expect(losses.prefix(5).map(\.second) == [1, 3, 5, 7, 9])
        #expect(losses.dropFirst(5).map(\.second) == (1...9).map { 60 * $0 + 1 })
        #expect(losses.last?.line == .lost(failures: 30))
        #expect(lines.count == 1 + 2 * losses.count, "each loss that is told has its return")
    }

    @Test("the log's last word is right, whenever the flapping ends")
    func lastWord() {
        for end in 0..<40 {
            var news = ServerNews()
            var isToldUp = false
            func note(_ line: ServerNews.Line?) {
                switch line {
                case .connected, .reconnected: isToldUp = true
                case .lost, .waiting: isToldUp = false
                case nil: break
                }
            }
            for second in 0..<end {
                let now = start + .seconds(second)
                switch second % 4 {
                case 0: note(news.up(now: now))
                case 1: note(news.lost("eof", now: now))
                default: note(news.failed("refused", now: now))
                }
            }
            // It stays as it is: up after a success, else one more minute of failures.
            if end % 4 == 1 {
                #expect(isToldUp)
            } else if end > 0 {
                note(news.failed("refused", now: start + .seconds(end + 61)))
                #expect(!isToldUp)
            }
        }
    }
}

@Suite struct ServerLogTests {
    @Test("what is news stands at info and warning with its fields, the rest at debug")
    func levels() {
        let log = RecordedLog()
        var server = ServerLog(log.logger)
        let start = ContinuousClock.now
        let isUpTold = server.up(["server": "a"], now: start)
        server.lost("eof", ["server": "a"], now: start)
        let isFirstTold = server.failed("refused", ["server": "a"], now: start + .seconds(1))
        let isSecondTold = server.failed("refused", ["server": "a"], now: start + .seconds(2))
        #expect((isUpTold, isFirstTold, isSecondTold) == (true, true, false))
        server.up(now: start + .seconds(3))
        #expect(
            log.lines == [
                .init(level: .info, message: "connected", fields: ["server": "a"]),
                .init(level: .warning, message: "connection lost", fields: ["server": "a", "error": "eof"]),
                .init(
                    level: .warning,
                    message: "waiting",
                    fields: ["server": "a", "error": "refused", "failures": "2"]
                ),
                .init(level: .debug, message: "waiting", fields: ["server": "a", "error": "refused"]),
                .init(level: .info, message: "reconnected", fields: [:]),
            ]
        )
    }
}

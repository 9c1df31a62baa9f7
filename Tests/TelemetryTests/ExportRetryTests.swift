import Testing

@testable import Telemetry

@Suite struct ExportRetryTests {
    private func decision(
        _ answer: TransportAnswer,
        remaining: Duration = .seconds(30),
        random: Double = 1
    ) -> ExportRetry.Decision {
        var retry = ExportRetry()
        return retry.decide(answer, remaining: remaining, now: 784_111_700_000_000_000, random: random)
    }

    private func answered(_ status: Int, retryAfter: String? = nil, body: [UInt8] = []) -> TransportAnswer {
        .answered(status: status, headers: retryAfter.map { ["retry-after": $0] } ?? [:], body: body)
    }

    @Test("429, 502, 503 and 504 are tried again", arguments: [429, 502, 503, 504])
    func retried(status: Int) {
        #expect(decision(answered(status)) == .retry(after: .seconds(1), reason: "HTTP \(status)"))
    }

    @Test("every other failing status is final", arguments: [301, 307, 400, 401, 403, 404, 408, 500, 501, 505])
    func final(status: Int) {
        #expect(decision(answered(status)) == .giveUp(reason: "HTTP \(status)"))
    }

    @Test("413 splits the batch")
    func tooLarge() {
        #expect(decision(answered(413)) == .split)
    }

    @Test("a lost connection is tried again, an impossible one is not")
    func transport() {
        #expect(decision(.lost(reason: "reset")) == .retry(after: .seconds(1), reason: "reset"))
        #expect(decision(.impossible(reason: "tls")) == .giveUp(reason: "tls"))
    }

    @Test("the backoff doubles from 1 s to 16 s, between half and all of each step")
    func backoff() {
        var all = ExportRetry()
        var half = ExportRetry()
        let steps = [1, 2, 4, 8, 16, 16]
        for step in steps {
            let lost = TransportAnswer.lost(reason: "x")
            let long = all.decide(lost, remaining: .seconds(60), now: 0, random: 1)
            let short = half.decide(lost, remaining: .seconds(60), now: 0, random: 0)
            #expect(long == .retry(after: .seconds(step), reason: "x"))
            #expect(short == .retry(after: .milliseconds(step * 500), reason: "x"))
        }
    }

    @Test("Retry-After is waited for when it is later than the backoff, never shortened by it")
    func retryAfter() {
        #expect(decision(answered(503, retryAfter: "7")) == .retry(after: .seconds(7), reason: "HTTP 503"))
        #expect(decision(answered(503, retryAfter: "0")) == .retry(after: .seconds(1), reason: "HTTP 503"))
        #expect(decision(answered(429, retryAfter: "later")) == .retry(after: .seconds(1), reason: "HTTP 429"))
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(
            decision(answered(503, retryAfter: date), remaining: .seconds(100))
                == .retry(after: .seconds(77), reason: "HTTP 503")
        )
    }

    @Test("a wait beyond the batch's time gives it up now")
    func outOfTime() {
        #expect(decision(answered(503, retryAfter: "31")) == .giveUp(reason: "HTTP 503", quiet: .seconds(31)))
        #expect(decision(answered(503, retryAfter: "9999")) == .giveUp(reason: "HTTP 503", quiet: .seconds(600)))
        #expect(decision(.lost(reason: "x"), remaining: .milliseconds(500)) == .giveUp(reason: "x"))
    }

    @Test("partial success is a success that names what was refused")
    func partial() {
        let body = Fixtures.partialSuccess(rejected: [3], message: "too old")
        #expect(decision(answered(200, body: body)) == .delivered(rejected: 3, message: "too old"))
    }

    @Test("an empty or unreadable success is a success")
    func plain() {
        #expect(decision(answered(200)) == .delivered(rejected: 0, message: ""))
        #expect(decision(answered(202, body: Array("{}".utf8))) == .delivered(rejected: 0, message: ""))
        #expect(decision(answered(200, body: [0x0A, 0xFF])) == .delivered(rejected: 0, message: ""))
    }

    @Test(
        "a success in another format is one, whatever its body would say as protobuf",
        arguments: ["text/html", "application/json; charset=utf-8", ""]
    )
    func otherFormat(contentType: String) {
        let body = Fixtures.partialSuccess(rejected: [3], message: "too old")
        let answer = TransportAnswer.answered(status: 200, headers: ["content-type": contentType], body: body)
        #expect(decision(answer) == .delivered(rejected: 0, message: ""))
    }

    @Test("a success says its format in any case, with parameters")
    func ownFormat() {
        let body = Fixtures.partialSuccess(rejected: [3], message: "too old")
        let headers = ["content-type": "Application/X-Protobuf; proto=x"]
        let answer = TransportAnswer.answered(status: 200, headers: headers, body: body)
        #expect(decision(answer) == .delivered(rejected: 3, message: "too old"))
    }

    @Test("a negative count of refused spans counts as none")
    func negative() {
        let minusOne = [UInt8](repeating: 0xFF, count: 9) + [1]
        let body = Fixtures.partialSuccess(rejected: minusOne, message: "")
        #expect(decision(answered(200, body: body)) == .delivered(rejected: 0, message: ""))
    }
}

@Suite struct RetryAfterTests {
    private let now: UInt64 = 784_111_700_000_000_000

    @Test("seconds are taken as they are, up to a day")
    func seconds() {
        #expect(RetryAfter.delay("120", now: now) == .seconds(120))
        #expect(RetryAfter.delay(" 5 ", now: now) == .seconds(5))
        #expect(RetryAfter.delay("99999999999999999999999", now: now) == .seconds(86_400))
    }

    @Test("a date counts from now, one that is past is zero")
    func date() {
        #expect(RetryAfter.delay("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == .seconds(77))
        #expect(RetryAfter.delay("Sun, 06 Nov 1994 08:00:00 GMT", now: now) == .zero)
        #expect(RetryAfter.delay("Fri, 31 Dec 9999 23:59:59 GMT", now: now) == .seconds(86_400))
    }

    @Test(
        "anything else is nothing",
        arguments: [
            "", "-1", "1.5", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 25:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
        ]
    )
    func nothing(header: String) {
        #expect(RetryAfter.delay(header, now: now) == nil)
    }
}

@Suite struct CivilDateTests {
    @Test("days and dates agree both ways over four centuries")
    func bothWays() {
        var previous = CivilDate(daysSinceEpoch: 0)
        #expect(previous == CivilDate(year: 1970, month: 1, day: 1))
        for days in 1..<146_100 {
            let date = CivilDate(daysSinceEpoch: days)
            #expect(date.daysSinceEpoch == days)
            #expect(date.day == previous.day + 1 || date.day == 1)
            previous = date
        }
        #expect(CivilDate(year: 2024, month: 2, day: 29).daysSinceEpoch == 19_782)
    }
}

@Suite struct ExportHealthTests {
    @Test("the first batch says connected, later ones nothing")
    func connected() {
        var health = ExportHealth()
        #expect(health.delivered(rejected: 0, message: "", now: .zero) == [.connected])
        #expect(health.delivered(rejected: 0, message: "", now: .zero) == [])
    }

    @Test("a loss is told at once, its continuation once a minute with its count, its end at once")
    func lost() {
        var health = ExportHealth()
        #expect(health.failed(reason: "dns", dropped: 0, now: .zero) == [.connectionLost(reason: "dns")])
        #expect(health.failed(reason: "dns", dropped: 512, now: .seconds(30)) == [])
        #expect(
            health.failed(reason: "dns", dropped: 100, now: .seconds(61))
                == [.waiting(reason: "dns", failures: 3, dropped: 612)]
        )
        #expect(health.failed(reason: "dns", dropped: 5, now: .seconds(90)) == [])
        #expect(
            health.delivered(rejected: 0, message: "", now: .seconds(91)) == [.reconnected, .dropped(5, reason: "dns")]
        )
    }

    @Test("what a full queue drops is told at once, then once a minute, however many batches are taken meanwhile")
    func queueFull() {
        let words = "more spans end than the collector takes"
        var health = ExportHealth()
        _ = health.delivered(rejected: 0, message: "", now: .zero)
        #expect(health.lost(1, .queueFull, now: .seconds(1)) == [.dropped(1, reason: words)])
        #expect(health.lost(1, .queueFull, now: .seconds(2)) == [])
        #expect(health.delivered(rejected: 0, message: "", now: .seconds(3)) == [])
        #expect(health.lost(1, .queueFull, now: .seconds(4)) == [])
        #expect(health.lost(1, .queueFull, now: .seconds(61)) == [.dropped(3, reason: words)])
    }

    @Test("while the collector is away a full queue is its fault, and told with its words")
    func queueFullWhileAway() {
        var health = ExportHealth()
        _ = health.failed(reason: "refused", dropped: 0, now: .zero)
        #expect(health.lost(40, .queueFull, now: .seconds(30)) == [])
        #expect(health.lost(2, .queueFull, now: .seconds(60)) == [])
        #expect(
            health.failed(reason: "refused", dropped: 0, now: .seconds(61))
                == [.waiting(reason: "refused", failures: 2, dropped: 42)]
        )
    }

    @Test("the end tells at once of all that nobody was told of, and says nothing where nothing was lost")
    func ending() {
        var health = ExportHealth()
        #expect(health.lost(0, .ending, now: .zero) == [])
        _ = health.lost(1, .queueFull, now: .seconds(1))
        _ = health.lost(6, .queueFull, now: .seconds(2))
        #expect(
            health.lost(2, .ending, now: .seconds(3))
                == [.dropped(8, reason: "the program ended before they were exported")]
        )
    }

    @Test("partial success is told at most once a minute, with all that was refused since")
    func partial() {
        var health = ExportHealth()
        _ = health.delivered(rejected: 0, message: "", now: .zero)
        #expect(
            health.delivered(rejected: 2, message: "old", now: .seconds(1))
                == [.partialSuccess(rejected: 2, message: "old")]
        )
        #expect(health.delivered(rejected: 3, message: "old", now: .seconds(2)) == [])
        #expect(
            health.delivered(rejected: 4, message: "old", now: .seconds(62))
                == [.partialSuccess(rejected: 7, message: "old")]
        )
    }
}

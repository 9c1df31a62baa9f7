import Testing

@testable import Telemetry

@Suite struct RepeatedFailureTests {
    private let start = ContinuousClock.now

    @Test("a repeated failure is said at once, then once a minute with its count; another reason is news")
    func repeated() {
        var failure = RepeatedFailure()
        #expect(failure.shouldReport("refused", now: start) == 1)
        #expect(failure.shouldReport("refused", now: start + .seconds(30)) == nil)
        #expect(failure.shouldReport("refused", now: start + .seconds(61)) == 3)
        #expect(failure.shouldReport("timeout", now: start + .seconds(62)) == 4)
    }

    @Test("reasons that take turns are news once each, then one line a minute for all")
    func alternating() {
        var failure = RepeatedFailure()
        let said = (0..<600).compactMap { second in
            failure.shouldReport("node \(second % 3)", now: start + .seconds(second)).map { (second, $0) }
        }
        #expect(said.map(\.0) == [0, 1, 2] + (1...9).map { 60 * $0 + 2 })
        #expect(said.last?.1 == 543)
    }

    @Test("texts that differ each time are no flood")
    func everDifferent() {
        var failure = RepeatedFailure()
        let said = (0..<600).count { failure.shouldReport("port \($0)", now: start + .seconds($0)) != nil }
        #expect(said == RepeatedFailure.mostReasons + 9)
    }

    @Test("what stayed away for long enough is a new failure, where nobody notices a success")
    func forgetting() {
        var failure = RepeatedFailure(forgetsAfter: .seconds(60))
        #expect(failure.shouldReport("x", now: start) == 1)
        #expect(failure.shouldReport("x", now: start + .seconds(30)) == nil)
        #expect(failure.shouldReport("x", now: start + .seconds(89)) == 3)
        #expect(failure.shouldReport("x", now: start + .seconds(149)) == 1)
    }
}

import NotifyTestKit
import Testing

@testable import Pipeline

@Suite("Failure window")
struct FailureWindowTests {
    private let start = ContinuousClock.now

    @Test("what came in 30 s ago is forgotten, what came in 29 s ago is not")
    func forgets() {
        var window = FailureWindow()
        window.add(isFailure: true, now: start)
        window.add(isFailure: true, now: start.advanced(by: .seconds(1)))
        window.add(isFailure: false, now: start.advanced(by: .seconds(30)))
        #expect(window.results == 2)
        #expect(window.failures == 1)
    }

    @Test("results of one second are one entry, however many they are: 100,000 count, and none is lost")
    func many() {
        var window = FailureWindow()
        for number in 0..<100_000 {
            window.add(isFailure: number % 2 == 0, now: start.advanced(by: .microseconds(number * 200)))
        }
        #expect(window.results == 100_000)
        #expect(window.failures == 50_000)
    }

    @Test(
        "random times in whole seconds: the same counts as a list that is filtered",
        arguments: 0..<10 as Range<UInt64>
    )
    func againstList(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var window = FailureWindow()
        var list: [(second: Int, isFailure: Bool)] = []
        var second = 0
        for _ in 0..<500 {
            second += [0, 0, 0, 1, 2, 9].randomElement(using: &random) ?? 0
            let isFailure = Bool.random(using: &random)
            window.add(isFailure: isFailure, now: start.advanced(by: .seconds(second)))
            list.append((second, isFailure))
            let recent = list.filter { second - $0.second < 30 }
            #expect(window.results == recent.count)
            #expect(window.failures == recent.count { $0.isFailure })
        }
    }
}

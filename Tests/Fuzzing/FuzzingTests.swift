import Testing

@Suite("Fuzzing, in short")
struct FuzzingTests {
    @Test("some inputs of each target: no trap, and no rule is broken")
    func everyTarget() throws {
        for target in try FuzzTargets().all {
            // Slow targets have small weights.
            for number in 0..<UInt64(5 + target.weight / 10) {
                #expect(throws: Never.self, "\(target.name), seed 1, input \(number)") {
                    try target.run(seed: 1, input: number)
                }
            }
        }
    }

    @Test("the same seed and number: the same input")
    func determinism() throws {
        for target in try FuzzTargets().all {
            // A dictionary shows its members in an order of its own each time.
            var shown: [[UInt8]] = []
            for _ in 0..<2 { try target.run(seed: 7, input: 3, show: { shown.append($0.utf8.sorted()) }) }
            #expect(shown.count == 2 && shown.first == shown.last, "\(target.name)")
        }
    }
}

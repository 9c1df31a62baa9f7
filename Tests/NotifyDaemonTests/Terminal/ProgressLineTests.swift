import Testing

@testable import NotifyDaemon

@Suite("Progress: where long work is, in a line")
struct ProgressLineTests {
    private func line(_ done: Int, of total: Int?) -> ProgressLine {
        var line = ProgressLine("publishing", total: total)
        line.advance(by: done)
        return line
    }

    @Test("It has a bar, how much of how much, the rate and the remaining time")
    func whole() {
        let text = line(1200, of: 2400).text(elapsed: .seconds(2), width: 72)
        #expect(text == "publishing  [" + bar(13, of: 27) + "]  1,200/2,400  600/s  2 s left")
        #expect(text.count == 71, "the last column stays free")
    }

    private func bar(_ filled: Int, of length: Int) -> String {
        String(repeating: "#", count: filled) + String(repeating: "-", count: length - filled)
    }

    @Test("Before anything is done there is no rate, and at the end nothing left")
    func ends() {
        #expect(line(0, of: 10).text(elapsed: .seconds(1), width: 40) == "publishing  [" + bar(0, of: 19) + "]  0/10")
        let end = line(10, of: 10).text(elapsed: .seconds(5), width: 46)
        #expect(end == "publishing  [" + bar(17, of: 17) + "]  10/10  2.0/s")
    }

    @Test("Without a total it counts; more than the total is the total")
    func totals() {
        #expect(line(500, of: nil).text(elapsed: .seconds(10), width: 80) == "publishing  500  50/s")
        #expect(line(12, of: 10).tally == "12/12")
        #expect(line(12, of: 10).text(elapsed: .seconds(1), width: 60).contains("#]"))
    }

    @Test("No width makes it longer than the line; a narrow one leaves out the bar", arguments: 1...90)
    func narrow(width: Int) {
        let text = line(123_456, of: 9_999_999).text(elapsed: .seconds(60), width: width)
        #expect(text.count < width)
        #expect(text.contains("[") == (width >= 70))
    }

    @Test(
        "Remaining time is in the two units that matter",
        arguments: [(9, "9 s left"), (65, "1 min 05 s left"), (3600, "1 h 00 min left"), (90_061, "25 h 01 min left")]
    )
    func remaining(seconds: Int, expected: String) {
        #expect(line(1, of: 1 + seconds).text(elapsed: .seconds(1), width: 99).hasSuffix("  " + expected))
    }

    @Test("Nothing measured yet, and numbers beyond any sense, break nothing")
    func extremes() {
        #expect(line(1, of: Int.max).text(elapsed: .zero, width: 200).contains("1,000/s"))
        #expect(line(0, of: 0).text(elapsed: .zero, width: 80) == "publishing  0/0")
    }
}

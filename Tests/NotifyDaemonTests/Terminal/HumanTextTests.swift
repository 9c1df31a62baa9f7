import FoundationEssentials
import Testing

@testable import NotifyDaemon

@Suite("Times and counts, for people")
struct HumanTextTests {
    private let date = Date(timeIntervalSince1970: 1_768_469_400.25)

    @Test("Times are RFC 3339 in UTC, in tables without T and Z")
    func times() {
        #expect(TimeText.full(date) == "2026-01-15T09:30:00.250Z")
        #expect(TimeText.short(date) == "2026-01-15 09:30:00")
        #expect(TimeText.withAge(date, now: date.addingTimeInterval(200)) == "2026-01-15T09:30:00.250Z (3 min ago)")
    }

    @Test(
        "An age is in whole seconds, minutes, hours up to two days, then days",
        arguments: [
            (0.5, "just now"), (1, "1 s ago"), (59.9, "59 s ago"), (60, "1 min ago"), (3599, "59 min ago"),
            (3600, "1 h ago"), (172_799, "47 h ago"), (172_800, "2 d ago"), (-200, "in 3 min"), (1e12, "just now"),
        ]
    )
    func ages(seconds: Double, expected: String) {
        #expect(TimeText.age(date, now: date.addingTimeInterval(seconds)) == expected)
    }

    @Test(
        "A word of a command to copy is quoted where a shell would act on it",
        arguments: [
            ("evt-4711", "evt-4711"), ("paymentId:p_1@x/2", "paymentId:p_1@x/2"), ("", "''"), ("a b", "'a b'"),
            ("x; rm -rf ~", "'x; rm -rf ~'"), ("it's", "'it'\\''s'"), ("$(id)", "'$(id)'"), ("ü", "'ü'"),
        ]
    )
    func shellWords(text: String, expected: String) {
        #expect(ShellWord.quoted(text) == expected)
    }

    @Test("Counts have their thousands apart and their noun in the right number")
    func counts() {
        let grouped = [0, 7, 999, 1000, 1_234_567, -1234].map(CountText.grouped)
        #expect(grouped == ["0", "7", "999", "1,000", "1,234,567", "-1,234"])
        #expect(CountText.of(1, "contact") == "1 contact")
        #expect(CountText.of(1200, "contact") == "1,200 contacts")
        #expect(CountText.of(2, "entry", plural: "entries") == "2 entries")
    }
}

import FoundationEssentials
import Testing

@testable import Senders

@Suite("Dates in headers")
struct CivilTimeTests {
    @Test(
        "seconds since 1970 become the date that RFC 5322 writes",
        arguments: [
            (0.0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_399, "Mon, 28 Feb 2000 23:59:59 +0000"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"), (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 +0000"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 +0000"), (1_751_367_157.9, "Tue, 01 Jul 2025 10:52:37 +0000"),
            (-5, "Thu, 01 Jan 1970 00:00:00 +0000"), (1e30, "Fri, 31 Dec 9999 23:59:59 +0000"),
        ]
    )
    func internetDate(_ seconds: Double, _ expected: String) {
        #expect(CivilTime(Date(timeIntervalSince1970: seconds)).internetDate == expected)
    }

    @Test("days since 1970 and the calendar are each other's inverse")
    func inverse() {
        for day in stride(from: 0, to: 1_000_000, by: 37) {
            let time = CivilTime(Date(timeIntervalSince1970: Double(day) * 86_400))
            #expect(CivilTime.daysSinceEpoch(year: time.year, month: time.month, day: time.day) == day)
        }
    }
}

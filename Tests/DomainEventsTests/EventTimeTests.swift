import FoundationEssentials
import Testing

@testable import DomainEvents

@Suite("Event time")
struct EventTimeTests {
    private let seconds = Date(timeIntervalSince1970: 1_795_341_600)

    private func decode(
        _ more: String = "",
        timestamp: Date? = nil,
        headers: [String: String] = [:]
    ) throws -> DomainEvent {
        try Fixture.decode(
            Fixture.message(
                "payment.completed",
                Fixture.paymentJSON(more: more),
                timestamp: timestamp,
                headers: headers
            )
        )
    }

    @Test("occurredAt comes first, then CloudEvents time, then the message's timestamp, then receipt")
    func order() throws {
        let cloud = ["cloudEvents:time": "2026-11-22T10:00:01Z", "timestamp_in_ms": "1795341602500"]
        let first = try decode(#","occurredAt":"2026-11-22T10:00:00Z""#, timestamp: seconds, headers: cloud)
        #expect(first.occurredAt == seconds)
        #expect(first.occurredAtSource == .body)

        let second = try decode(timestamp: seconds, headers: cloud)
        #expect(second.occurredAt == seconds.addingTimeInterval(1))
        #expect(second.occurredAtSource == .cloudEvents)

        let third = try decode(timestamp: seconds)
        #expect(third.occurredAt == seconds)
        #expect(third.occurredAtSource == .message)

        let last = try decode()
        #expect(last.occurredAt == Fixture.receivedAt)
        #expect(last.occurredAtSource == .receipt)
    }

    @Test("timestamp_in_ms refines the same second, is ignored for another, and stands alone")
    func milliseconds() throws {
        let refined = try decode(timestamp: seconds, headers: ["timestamp_in_ms": "1795341600250"])
        #expect(refined.occurredAt == seconds.addingTimeInterval(0.25))
        let other = try decode(timestamp: seconds, headers: ["timestamp_in_ms": "1795341700250"])
        #expect(other.occurredAt == seconds)
        let alone = try decode(headers: ["timestamp_in_ms": "1795341600250"])
        #expect(alone.occurredAt == seconds.addingTimeInterval(0.25))
    }

    @Test("a timestamp that cannot be one is left aside")
    func implausible() throws {
        let milliseconds = Date(timeIntervalSince1970: 1_795_341_600_000)
        #expect(try decode(timestamp: milliseconds).occurredAtSource == .receipt)
        #expect(try decode(timestamp: Date(timeIntervalSince1970: 0)).occurredAtSource == .receipt)
        #expect(try decode(headers: ["timestamp_in_ms": "soon"]).occurredAtSource == .receipt)
    }

    @Test("only a header with milliseconds makes a publish time precise")
    func publishTime() {
        var message = Fixture.message("a", "{}", timestamp: seconds)
        #expect(message.publishTime == .init(date: seconds, hasMilliseconds: false))
        message.headers["timestamp_in_ms"] = "1795341600250"
        #expect(message.publishTime == .init(date: seconds.addingTimeInterval(0.25), hasMilliseconds: true))
    }

    @Test(
        "RFC 3339 in all its spellings",
        arguments: [
            ("1970-01-01T00:00:00Z", 0.0), ("1970-01-01t00:00:00z", 0), ("1970-01-01 00:00:00Z", 0),
            ("2026-11-22T11:00:00+01:00", 1_795_341_600), ("2026-11-22T04:30:00-05:30", 1_795_341_600),
            ("2026-11-22T10:00:00.5Z", 1_795_341_600.5), ("2026-11-22T10:00:00.123456789123Z", 1_795_341_600.123456789),
            ("2000-02-29T00:00:00Z", 951_782_400), ("1969-12-31T23:59:59Z", -1),
            ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799), ("2016-12-31T23:59:60Z", 1_483_228_800),
            ("2017-01-01T00:59:60+01:00", 1_483_228_800), ("1970-01-01T00:00:00-00:00", 0),
        ]
    )
    func timestamps(text: String, expected: Double) throws {
        #expect(try #require(Timestamp.parse(text)).timeIntervalSince1970 == expected)
    }

    @Test(
        "what RFC 3339 does not allow is no time",
        arguments: [
            "", "2026-11-22", "2026-11-22T10:00:00", "2026-11-22T10:00Z", "2026-11-22T10:00:00.Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T10:60:00Z", "2026-11-22T10:00:61Z", "2026-11-22T10:00:60Z", "2026-02-29T10:00:00Z",
            "1900-02-29T10:00:00Z", "2026-13-01T10:00:00Z", "2026-00-01T10:00:00Z", "2026-04-31T10:00:00Z",
            "2026-11-22T10:00:00+0100", "2026-11-22T10:00:00+24:00", "2026-11-22T10:00:00 Z", " 2026-11-22T10:00:00Z",
            "2026-11-22T10:00:00Zx", "0000-01-01T00:00:00Z", "26-11-22T10:00:00Z", "+2026-11-22T10:00:00Z",
            "2026-11-22T10:00:00,5Z", "２０２６-11-22T10:00:00Z", "1795341600", "now",
        ]
    )
    func nonsense(text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    @Test("an occurredAt or a CloudEvents time that is no time is a wrong shape")
    func rejected() throws {
        #expect(throws: EventRejection.self) { try decode(#","occurredAt":"yesterday""#) }
        #expect(throws: EventRejection.self) { try decode(#","occurredAt":1795341600"#) }
        #expect(throws: EventRejection.self) { try decode(headers: ["cloudEvents:time": "yesterday"]) }
    }
}

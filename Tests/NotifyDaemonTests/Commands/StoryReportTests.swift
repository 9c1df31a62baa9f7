import FoundationEssentials
import Testing

@testable import NotificationLog
@testable import NotifyDaemon

@Suite("notifyd why: the story")
struct StoryReportTests {
    private let id = UUID()

    private func date(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_768_469_400 + seconds) }

    private func notification(_ status: String, at seconds: Double) -> AuditEntry {
        AuditEntry(
            id: id,
            eventID: "e1",
            eventType: "t",
            dedupeKey: "id:e1",
            channel: "email",
            recipientID: "42",
            status: status,
            attempts: 2,
            provider: "smtp",
            addressMasked: "j***@example.com",
            receivedAt: date(0),
            claimedAt: date(5),
            createdAt: date(1),
            updatedAt: date(seconds),
            resendCount: 1
        )
    }

    private func attempt(_ number: Int, at seconds: Double, _ code: String?) -> EventStory.Attempt {
        EventStory.Attempt(
            notificationID: id,
            number: number,
            startedAt: date(seconds),
            milliseconds: 23.4,
            provider: "smtp",
            outcome: code == nil ? "sent" : "failed",
            errorCode: code,
            dns: 0,
            connect: 1.25
        )
    }

    @Test("Everything is told oldest first, with channel, timings, and the operator's name")
    func order() {
        var story = EventStory(eventType: "t", dedupeKey: "id:e1", eventID: "e1")
        story.claims = EventStory.Claims(
            firstAt: date(1),
            count: 1,
            channels: ["email"],
            states: ["settled"],
            resendCount: 1
        )
        story.notifications = [notification("sent", at: 7)]
        story.attempts = [attempt(1, at: 2, "smtp.450"), attempt(2, at: 6, nil)]
        story.actions = [EventStory.Action(at: date(4), who: "ada@host", action: "replay", filter: "--all")]
        let report = StoryReport(story)
        #expect(
            report.entries.map(\.what) == [
                .received, .claimed, .attempt, .operatorAction, .claimed, .attempt, .status,
            ]
        )
        let lines = report.lines
        #expect(lines[0] == "t e1 (id:e1), recipient 42")
        #expect(lines[1] == "2026-01-15T09:30:00.000Z         received")
        #expect(
            lines[3]
                == "2026-01-15T09:30:02.000Z  email  attempt 1 by smtp: failed: smtp.450 (23 ms, dns 0.0 ms, connect 1.3 ms)"
        )
        #expect(lines[4].hasSuffix("replay --all by ada@host"))
        #expect(lines[5].hasSuffix("claimed again"))
        #expect(lines[7].contains("sent, to j***@example.com by smtp, sent again 1; notification "))
    }

    @Test(
        "What waits says until when, or for whom",
        arguments: [
            ("due", false, "parked until 2026-01-15T09:31:00.000Z"),
            ("breaker", false, "parked until 2026-01-15T09:31:00.000Z, until its provider is back"),
            ("paused", true, "on hold, until notifyd resume"),
            ("uncertain", true, "on hold, until notifyd uncertain resolve"),
        ]
    )
    func waits(hold: String, isHeld: Bool, text: String) {
        var story = EventStory(eventType: "t", dedupeKey: "id:e1", eventID: "e1")
        story.notifications = [notification("retrying", at: 7)]
        story.waits = [
            EventStory.Wait(
                notificationID: id,
                hold: hold,
                dueAt: isHeld ? .distantFuture : date(60),
                parkedAt: date(2)
            )
        ]
        let last = StoryReport(story).entries.last
        #expect(last?.text == text)
        #expect(last?.at == date(7), "as new as the notification's last change")
        #expect(last?.channel == "email")
        #expect((last?.dueAt == nil) == isHeld)
    }

    @Test("An event that is being worked on says until when, without any row of the log")
    func inWork() {
        var story = EventStory(eventType: "t", dedupeKey: "id:e1", eventID: "e1")
        story.claims = EventStory.Claims(
            firstAt: date(1),
            count: 2,
            leaseUntil: date(60),
            channels: ["email"],
            states: ["open"],
            resendCount: 0
        )
        let report = StoryReport(story)
        #expect(report.entries.map(\.what) == [.claimed])
        #expect(
            report.lines.last?.hasSuffix("in work now, lease until 2026-01-15T09:31:00.000Z, claims without a settle 2")
                == true
        )
    }
}

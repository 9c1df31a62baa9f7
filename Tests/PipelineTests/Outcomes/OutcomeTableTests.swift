import DomainEvents
import FoundationEssentials
import Testing

@testable import Pipeline

@Suite("Outcome table")
struct OutcomeTableTests {
    private let now = Date(timeIntervalSince1970: 1_795_000_000)

    private func outcome(
        _ verdict: DeliveryVerdict,
        attempt: Int = 1,
        policy: NotificationDefinition.UncertainPolicy = .resend
    ) -> Outcome {
        var random = FixedRandom(bits: 0)
        return Outcome.after(
            verdict,
            attempt: attempt,
            schedule: RetrySchedule(delays: [.seconds(5), .seconds(30)]),
            uncertainPolicy: policy,
            now: now,
            using: &random
        )
    }

    @Test("accepted: sent, acked")
    func accepted() {
        let expected = Outcome(status: .sent, next: .done, countsAttempt: true, providerMessageID: "SM1")
        #expect(outcome(.accepted(providerMessageID: "SM1")) == expected)
    }

    @Test("transient: parked until the schedule's time, or Retry-After where later")
    func transient() {
        let first = outcome(.transient(.smtp(451), "greylisted", retryAfter: nil))
        #expect(first.status == .retrying)
        #expect(first.code == .smtp(451))
        #expect(first.message == "greylisted")
        #expect(first.next == .retry(at: now.addingTimeInterval(5)))
        #expect(first.countsAttempt)
        #expect(!first.countsResend)
        #expect(outcome(.transient(.http(429), "", retryAfter: .seconds(60))).dueAt == now.addingTimeInterval(60))
        #expect(outcome(.transient(.smtp(451), "", retryAfter: nil), attempt: 2).dueAt == now.addingTimeInterval(30))
    }

    @Test("transient with its attempts used up: failed, dead letter")
    func exhausted() {
        let last = outcome(.transient(.contactUnknown, "no contact", retryAfter: .seconds(60)), attempt: 3)
        #expect(last.status == .failed)
        #expect(last.code == .contactUnknown)
        #expect(last.deadLetters)
        #expect(last.dueAt == nil)
    }

    @Test("permanent: failed, dead letter, at the first attempt")
    func permanent() {
        let outcome = outcome(.permanent(.smtp(550), "no such user"))
        #expect(outcome.status == .failed)
        #expect(outcome.deadLetters)
        #expect(outcome.countsAttempt)
    }

    @Test("STOP: suppressed and remembered")
    func stopped() {
        let outcome = outcome(.stopped(.twilio(21610), "unsubscribed"))
        #expect(outcome.status == .suppressed)
        #expect(outcome.next == .done)
        #expect(outcome.suppressesAddress)
    }

    @Test("refused for a reason of ours: waits for the provider, uses no attempt, even the last")
    func refused() {
        let outcome = outcome(.refused(.smtp(535), "credentials"), attempt: 99)
        #expect(outcome.status == .retrying)
        #expect(outcome.next == .awaitProvider)
        #expect(!outcome.countsAttempt)
    }

    @Test("uncertain on hold: kept for an operator")
    func uncertainHold() {
        let outcome = outcome(.uncertain(.httpNoAnswer, "no answer"), policy: .hold)
        #expect(outcome.status == .uncertain)
        #expect(outcome.next == .awaitOperator)
        #expect(outcome.countsAttempt)
        #expect(!outcome.countsResend)
    }

    @Test("uncertain with resend: the next attempt, counted as a resend; with no attempt left, failed")
    func uncertainResend() {
        let first = outcome(.uncertain(.smtpNoAnswer, "no answer"))
        #expect(first.status == .retrying)
        #expect(first.dueAt == now.addingTimeInterval(5))
        #expect(first.countsAttempt)
        #expect(first.countsResend)
        let last = outcome(.uncertain(.smtpNoAnswer, "no answer"), attempt: 3)
        #expect(last.status == .failed)
        #expect(last.deadLetters)
        #expect(!last.countsResend)
    }

    @Test("abandoned: released, no row, no attempt")
    func abandoned() {
        #expect(outcome(.abandoned) == Outcome(status: .retrying, next: .release))
    }

    @Test("throttled: again in a moment, no attempt, even the last")
    func throttled() throws {
        let outcome = outcome(.throttled(.smtp(421), "too many connections"), attempt: 99)
        #expect(outcome.status == .retrying)
        #expect(!outcome.countsAttempt)
        #expect(try #require(outcome.dueAt) == now.addingTimeInterval(1))
    }

    @Test("poison is rejected, what needs no send is settled, what cannot work is dead")
    func withoutSend() {
        let poison = Outcome.rejected(EventRejection(code: .jsonInvalid, message: "not JSON"))
        #expect(poison.status == .rejected)
        #expect(poison.next == .reject)
        let late = Outcome.withheld(.expired, RoutingReason(.eventExpired, "too late"))
        #expect(late.next == .done)
        #expect(late.code == .eventExpired)
        #expect(Outcome.failed(.claimsExhausted, "five claims").deadLetters)
    }

    @Test("the statuses are the contract's words")
    func statuses() {
        #expect(
            NotificationStatus.allCases.map(\.rawValue) == [
                "sent", "delivered", "bounced", "retrying", "failed", "rejected", "expired", "suppressed", "uncertain",
                "paused",
            ]
        )
        #expect(NotificationStatus.allCases.filter(\.isPending) == [.retrying, .paused])
    }
}

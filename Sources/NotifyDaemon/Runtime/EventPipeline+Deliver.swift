import Broker
import Database
import DomainEvents
import FoundationEssentials
import Logging
import NotificationLog
import Pipeline
import Reactor
import Senders
import Telemetry
import Tracing

/// How the work on one notification ended, from harmless to not.
enum DeliveryEnding: Int, Comparable, Sendable {
    case settled
    /// Somebody else has the claim: what becomes of the message is to be asked again.
    case claimLost
    /// Given up before anything left: the claim is to be given back.
    case released
    /// Given up after its last byte: it stays claimed, and taking it over counts as a resend.
    case leftClaimed

    static func < (left: DeliveryEnding, right: DeliveryEnding) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension EventPipeline {
    /// Delivers every open notification of the claim, those of different channels side by side.
    ///
    /// - Returns: the worst that came of them.
    func deliverAll(
        _ passage: Passage,
        _ route: EventRoute,
        _ claim: Claim
    ) async throws(PassageFailure) -> DeliveryEnding {
        let open = claim.notifications.indices.filter { claim.notifications[$0].state == .open }
        // From here on each of its notifications is where it is.
        enter(.wait, passage)
        var endings: [Result<DeliveryEnding, PassageFailure>] = []
        if open.count == 1 {
            endings = [await deliver(passage, route, claim, open[0])]
        } else {
            endings = await withTaskGroup(of: Result<DeliveryEnding, PassageFailure>.self) { group in
                for index in open {
                    group.addTask { await self.deliver(passage, route, claim, index) }
                }
                var endings: [Result<DeliveryEnding, PassageFailure>] = []
                for await ending in group { endings.append(ending) }
                return endings
            }
        }
        await parts.leases.drop(claim)
        var worst = DeliveryEnding.settled
        for ending in endings { worst = max(worst, try ending.get()) }
        if worst == .released { try? await parts.log.claims.release([claim]) }
        return worst
    }

    private func deliver(
        _ passage: Passage,
        _ route: EventRoute,
        _ claim: Claim,
        _ index: Int
    ) async -> Result<DeliveryEnding, PassageFailure> {
        defer { leave(passage, place: index) }
        do {
            return .success(try await attempt(passage, route, claim, index))
        } catch {
            return .failure(error)
        }
    }

    private func attempt(
        _ passage: Passage,
        _ route: EventRoute,
        _ claim: Claim,
        _ index: Int
    ) async throws(PassageFailure) -> DeliveryEnding {
        let notification = claim.notifications[index]
        var details = SettleDetails(recipientID: route.event.recipientID)
        // Whatever has changed since: it may have been sent, and only a person can find out.
        if notification.isBegun, route.uncertainPolicy(on: notification.channel) == .hold {
            let outcome = after(Self.ownerDied(on: notification.channel), notification, route)
            return try await settle(passage, claim: claim, index: index, outcome: outcome, details)
        }
        switch step(on: notification.channel, route, fixed: claim.notifications.map(\.channel)) {
        case .settle(let status, let reason):
            let outcome =
                status == .failed ? Outcome.failed(reason.code, reason.message) : Outcome.withheld(status, reason)
            details.address = Self.address(of: route.recipient, on: notification.channel)
            return try await settle(passage, claim: claim, index: index, outcome: outcome, details)
        case .waitForContact(let reason):
            let verdict = DeliveryVerdict.transient(reason.code, reason.message, retryAfter: nil)
            let outcome = after(verdict, notification, route)
            return try await settle(passage, claim: claim, index: index, outcome: outcome, details)
        case .send(let address):
            details.address = address
            if let pause = pauses.pauses(eventType: route.event.type, channel: address.channel) {
                return try await settle(passage, claim: claim, index: index, outcome: .paused(pause.words), details)
            }
            return try await send(passage, route, claim, index, details, to: address)
        }
    }

    /// Whom a notification would have gone to that is not sent: its row can be found by the address, too.
    private static func address(of recipient: ResolvedRecipient, on channel: LogChannel) -> DeliveryAddress? {
        guard case .channel(let channel) = channel, case .address(let address) = recipient.reachability(on: channel)
        else { return nil }
        return address
    }

    func after(
        _ verdict: DeliveryVerdict,
        _ notification: ClaimedNotification,
        _ route: EventRoute
    ) -> Outcome {
        var random = SystemRandomNumberGenerator()
        return Outcome.after(
            verdict,
            attempt: notification.attempts - notification.attemptsBefore + 1,
            schedule: parts.schedule,
            uncertainPolicy: route.uncertainPolicy(on: notification.channel),
            now: Date(),
            using: &random
        )
    }

    /// What a begun mark means that outlived its owner.
    private static func ownerDied(on channel: LogChannel) -> DeliveryVerdict {
        let code: ErrorCode = channel == .channel(.email) ? .smtpNoAnswer : .httpNoAnswer
        return .uncertain(code, "the send was begun by a process that ended before the answer was recorded")
    }
}

extension Pause {
    /// Why, for the audit row.
    fileprivate var words: String {
        let reason = reason.map { ": \($0)" } ?? ""
        return "paused by \(who)\(reason)"
    }
}

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
    func deliverAll(
        _ passage: Passage,
        _ event: DomainEvent,
        _ route: EventRoute,
        _ claim: Claim
    ) async throws(PassageFailure) -> Disposition {
        let open = claim.notifications.indices.filter { claim.notifications[$0].state == .open }
        var endings: [Result<DeliveryEnding, PassageFailure>] = []
        if open.count == 1 {
            endings = [await deliver(passage, event, route, claim, open[0])]
        } else {
            endings = await withTaskGroup(of: Result<DeliveryEnding, PassageFailure>.self) { group in
                for index in open {
                    group.addTask { await self.deliver(passage, event, route, claim, index) }
                }
                var endings: [Result<DeliveryEnding, PassageFailure>] = []
                for await ending in group { endings.append(ending) }
                return endings
            }
        }
        await parts.leases.drop(claim)
        var worst = DeliveryEnding.settled
        for ending in endings { worst = max(worst, try ending.get()) }
        switch worst {
        case .settled: return .acknowledge
        case .released:
            try? await parts.log.claims.release([claim])
            return .requeue
        case .leftClaimed: return .requeue
        }
    }

    private func deliver(
        _ passage: Passage,
        _ event: DomainEvent,
        _ route: EventRoute,
        _ claim: Claim,
        _ index: Int
    ) async -> Result<DeliveryEnding, PassageFailure> {
        do {
            return .success(try await attempt(passage, event, route, claim, index))
        } catch {
            return .failure(error)
        }
    }

    private func attempt(
        _ passage: Passage,
        _ event: DomainEvent,
        _ route: EventRoute,
        _ claim: Claim,
        _ index: Int
    ) async throws(PassageFailure) -> DeliveryEnding {
        let notification = claim.notifications[index]
        var details = SettleDetails(event: event)
        // Whatever has changed since: it may have been sent, and only a person can find out.
        if notification.isBegun, route.uncertainPolicy(on: notification.channel) == .hold {
            let outcome = after(Self.ownerDied(on: notification.channel), notification, route)
            try await settle(passage, claim: claim, index: index, outcome: outcome, details)
            return .settled
        }
        switch step(on: notification.channel, route, event, fixed: claim.notifications.map(\.channel)) {
        case .settle(let status, let reason):
            let outcome =
                status == .failed ? Outcome.failed(reason.code, reason.message) : Outcome.withheld(status, reason)
            try await settle(passage, claim: claim, index: index, outcome: outcome, details)
            return .settled
        case .waitForContact(let reason):
            let verdict = DeliveryVerdict.transient(reason.code, reason.message, retryAfter: nil)
            let outcome = after(verdict, notification, route)
            try await settle(passage, claim: claim, index: index, outcome: outcome, details)
            return .settled
        case .send(let address):
            details.address = address
            return try await send(passage, route, claim, index, details, to: address)
        }
    }

    private func send(
        _ passage: Passage,
        _ route: EventRoute,
        _ claim: Claim,
        _ index: Int,
        _ known: SettleDetails,
        to address: DeliveryAddress
    ) async throws(PassageFailure) -> DeliveryEnding {
        var details = known
        let notification = claim.notifications[index]
        do throws(RenderFailure) {
            details.rendered = try render(passage, known.event, route, on: address.channel)
        } catch {
            let outcome = Outcome.failed(error.code, error.message)
            try await settle(passage, claim: claim, index: index, outcome: outcome, details)
            return .settled
        }
        guard let rendered = details.rendered, let sender = parts.senders.provider(of: address.channel) else {
            let outcome = Outcome.failed(.addressMissing, "no provider is configured for \(address.channel.rawValue)")
            try await settle(passage, claim: claim, index: index, outcome: outcome, details)
            return .settled
        }
        // Without a lease that lasts nothing is sent, and the message goes back for whoever has the claim then.
        guard try await begin(claim, address.channel, route) else { return .released }
        crashPoint(.begin, passage)
        let outgoing = OutgoingNotification(
            content: rendered.content,
            address: address,
            stableID: Self.stableID(claim.key, address.channel),
            eventID: claim.eventID,
            date: claim.createdAt
        )
        let span = parts.spans.send(address.channel, in: passage.span)
        details.startedAt = Date()
        let start = ContinuousClock.now
        let report = await sender.send(outgoing, onLastByte: {})
        details.duration = ContinuousClock.now - start
        details.report = report
        parts.spans.describe(report, attempt: notification.attempts + 1, on: span)
        let outcome = after(report.result, notification, route)
        span.set("notifyd.channel", .string(address.channel.rawValue))
        span.set("notifyd.outcome", .string(outcome.status.rawValue))
        span.end()
        guard outcome.next != .release else { return .released }
        // Stopped while waiting for the answer: it may have been sent, and the next owner has to know.
        if Task.isCancelled, case .uncertain = report.result { return .leftClaimed }
        if case .accepted = report.result {
            crashPoint(.accepted, passage)
            parts.gates.accepted(report.provider)
        }
        try await settle(passage, claim: claim, index: index, outcome: outcome, details)
        return .settled
    }

    private func render(
        _ passage: Passage,
        _ event: DomainEvent,
        _ route: EventRoute,
        on channel: Channel
    ) throws(RenderFailure) -> RenderedNotification {
        let span = parts.spans.render(in: passage.span)
        defer { span.end() }
        do throws(RenderFailure) {
            return try catalogue.render(
                type: event.type,
                channel: channel,
                event: event,
                recipient: route.recipient.recipient
            )
        } catch {
            span.fail(error.code.rawValue, message: error.message)
            throw error
        }
    }

    /// Whether the send may begin: the lease must outlast it, and a channel under `hold` is marked first.
    private func begin(_ claim: Claim, _ channel: Channel, _ route: EventRoute) async throws(PassageFailure) -> Bool {
        let needed = parts.sendTimeout + .seconds(5)
        if await !parts.leases.lasts(claim, for: needed) {
            guard await parts.leases.renew(claim) else { return false }
        }
        guard route.uncertainPolicy(on: .channel(channel)) == .hold else { return true }
        return try await persistently { () async throws(DatabaseError) in
            try await parts.log.claims.begin(claim, channel: channel)
        }
    }

    private func after(
        _ verdict: DeliveryVerdict,
        _ notification: ClaimedNotification,
        _ route: EventRoute
    ) -> Outcome {
        var random = SystemRandomNumberGenerator()
        return Outcome.after(
            verdict,
            attempt: notification.attempts + 1,
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

    /// The same for every attempt, on every replica.
    private static func stableID(_ key: EventKey, _ channel: Channel) -> String {
        let text = "\(key.eventType)\n\(key.dedupeKey)\n\(channel.rawValue)"
        return String(ContentDigest.hex(ContentDigest.sha256(text.utf8)).prefix(32))
    }
}

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

extension EventPipeline {
    /// Renders, then asks the channel's providers in their order until one gives an answer that stands.
    func send(
        _ passage: Passage,
        _ route: EventRoute,
        _ claim: Claim,
        _ index: Int,
        _ known: SettleDetails,
        to address: DeliveryAddress
    ) async throws(PassageFailure) -> DeliveryEnding {
        var details = known
        let rendered: RenderedNotification
        do throws(RenderFailure) {
            rendered = try render(passage, route, on: address.channel)
            details.rendered = rendered
        } catch {
            let outcome = Outcome.failed(error.code, error.message)
            return try await settle(passage, claim: claim, index: index, outcome: outcome, details)
        }
        let notification = claim.notifications[index]
        enter(.wait, passage, place: index)
        switch await parts.providers.admit(address.channel, notification.id) {
        case .send(let sender, let permit):
            let outgoing = outgoing(rendered, claim, address)
            return try await send(passage, route, claim, index, details, outgoing, by: sender, permit)
        case .open(let pause):
            details.providerBack = pause
            let outcome = Outcome.awaitingProvider(.providerOpen, "left alone until its next probe, since it fails")
            return try await settle(passage, claim: claim, index: index, outcome: outcome, details)
        case .busy:
            details.providerBack = Bulkhead.longestWait
            let outcome = Outcome.awaitingProvider(.providerBusy, "it has its share in hand and is slow to answer")
            return try await settle(passage, claim: claim, index: index, outcome: outcome, details)
        case .none:
            let outcome = Outcome.failed(.addressMissing, "no provider is configured for \(address.channel.rawValue)")
            return try await settle(passage, claim: claim, index: index, outcome: outcome, details)
        }
    }

    private func send(
        _ passage: Passage,
        _ route: EventRoute,
        _ claim: Claim,
        _ index: Int,
        _ known: SettleDetails,
        _ outgoing: OutgoingNotification,
        by first: any Sender,
        _ firstPermit: ProviderPermit
    ) async throws(PassageFailure) -> DeliveryEnding {
        var details = known
        var (sender, permit) = (first, firstPermit)
        var asked: Set<String> = []
        let notification = claim.notifications[index]
        while true {
            let steps = steps(of: passage, claim, outgoing.address.channel, route)
            enter(.send, passage, place: index)
            let report = await ask(sender, outgoing, steps, passage, notification, &details)
            enter(.wait, passage, place: index)
            await parts.providers.finished(permit, report.lesson, report.result)
            asked.insert(sender.name)
            guard report.result.isDefiniteFailure, !Task.isCancelled,
                case .send(let next, let nextPermit) = await parts.providers.admit(
                    outgoing.address.channel,
                    notification.id,
                    skipping: asked
                )
            else { break }
            try await failOver(from: details, to: next, notification, claim)
            (sender, permit) = (next, nextPermit)
        }
        return try await conclude(passage, route, claim, index, details)
    }

    /// After its last byte a quarantined message keeps its turn so long, unless it is settled before: what is next may
    /// end the program, and should not take this one's record with it.
    private static let timeToSettle = Duration.seconds(5)

    /// One send by one provider, with its span.
    private func ask(
        _ sender: any Sender,
        _ outgoing: OutgoingNotification,
        _ steps: SendSteps,
        _ passage: Passage,
        _ notification: ClaimedNotification,
        _ details: inout SettleDetails
    ) async -> SendReport {
        let span = parts.spans.send(outgoing.address.channel, in: passage.span)
        details.startedAt = Date()
        let start = ContinuousClock.now
        let report = await sender.send(outgoing, steps)
        details.duration = ContinuousClock.now - start
        details.report = report
        count(report)
        sayAnswered(report, outgoing.eventID, after: details.duration)
        parts.spans.describe(report, attempt: notification.attempts + 1, on: span)
        span.set("notifyd.channel", .string(outgoing.address.channel.rawValue))
        details.span = span
        return report
    }

    /// Without a lease that lasts nothing is sent, and the message goes back for whoever has the claim then.
    private func steps(
        of passage: Passage,
        _ claim: Claim,
        _ channel: Channel,
        _ route: EventRoute
    ) -> SendSteps {
        SendSteps(
            begin: { [self] in (try? await begin(claim, channel, route, passage)) ?? false },
            lastByteIsOut: { [crashPoints = parts.crashPoints] in
                crashPoints.pass(.lastByte, messageID: passage.message.messageID)
                passage.turn?.leave(after: Self.timeToSettle)
            }
        )
    }

    /// The provider's last answer is in hand.
    private func conclude(
        _ passage: Passage,
        _ route: EventRoute,
        _ claim: Claim,
        _ index: Int,
        _ known: SettleDetails
    ) async throws(PassageFailure) -> DeliveryEnding {
        var details = known
        guard let report = details.report else { return .released }
        let outcome = after(report.result, claim.notifications[index], route)
        details.span?.set("notifyd.outcome", .string(outcome.status.rawValue))
        details.span?.end()
        guard outcome.next != .release else { return .released }
        // Stopped while waiting for the answer: it may have been sent, and the next owner has to know.
        if Task.isCancelled, case .uncertain = report.result { return .leftClaimed }
        if case .accepted = report.result { crashPoint(.accepted, passage) }
        if outcome.next == .awaitProvider, case .channel(let channel) = claim.notifications[index].channel {
            details.providerBack = await parts.providers.timeToProbe(channel)
        }
        return try await settle(passage, claim: claim, index: index, outcome: outcome, details)
    }

    /// The next provider is asked within the same attempt; the failed send keeps its own row.
    private func failOver(
        from details: SettleDetails,
        to next: any Sender,
        _ notification: ClaimedNotification,
        _ claim: Claim
    ) async throws(PassageFailure) {
        guard let report = details.report else { return }
        details.span?.set("notifyd.outcome", "failover")
        details.span?.end()
        parts.metrics.failedOver(channel: next.channel)
        sayFailedOver(report, to: next, claim.eventID)
        guard let record = attemptRecord(notification, report.result, details) else { return }
        try await persistently { () async throws(DatabaseError) in
            try await parts.log.attempts.append(record, of: notification.id)
        }
    }

    private func render(
        _ passage: Passage,
        _ route: EventRoute,
        on channel: Channel
    ) throws(RenderFailure) -> RenderedNotification {
        let span = parts.spans.render(in: passage.span)
        defer { span.end() }
        do throws(RenderFailure) {
            return try catalogue.render(
                type: route.event.type,
                channel: channel,
                event: route.event,
                recipient: route.recipient.recipient
            )
        } catch {
            span.fail(error.code.rawValue, message: error.message)
            throw error
        }
    }

    /// Whether the send may begin: the lease must outlast it, and a channel under `hold` is marked first.
    private func begin(
        _ claim: Claim,
        _ channel: Channel,
        _ route: EventRoute,
        _ passage: Passage
    ) async throws(PassageFailure) -> Bool {
        guard !Task.isCancelled else { return false }
        let needed = parts.sendTimeout + .seconds(5)
        if await !parts.leases.lasts(claim, for: needed) {
            guard await parts.leases.renew(claim) else { return false }
        }
        sending(passage)
        guard route.uncertainPolicy(on: .channel(channel)) == .hold else { return true }
        let isBegun = try await persistently { () async throws(DatabaseError) in
            try await parts.log.claims.begin(claim, channel: channel)
        }
        crashPoint(.begin, passage)
        // The mark's commit may have taken as long as an outage.
        let stillLasts = await parts.leases.lasts(claim, for: needed)
        return isBegun && stillLasts
    }

    private func outgoing(
        _ rendered: RenderedNotification,
        _ claim: Claim,
        _ address: DeliveryAddress
    ) -> OutgoingNotification {
        OutgoingNotification(
            content: rendered.content,
            address: address,
            stableID: Self.stableID(claim.key, address.channel),
            eventID: claim.eventID,
            date: claim.createdAt
        )
    }

    /// The same for every attempt, on every replica.
    private static func stableID(_ key: EventKey, _ channel: Channel) -> String {
        let text = "\(key.eventType)\n\(key.dedupeKey)\n\(channel.rawValue)"
        return String(ContentDigest.hex(ContentDigest.sha256(text.utf8)).prefix(32))
    }
}

extension DeliveryVerdict {
    /// Surely not sent, and not for a reason of the recipient's: another provider may do it.
    fileprivate var isDefiniteFailure: Bool {
        switch self {
        case .transient, .refused, .throttled: true
        case .accepted, .permanent, .stopped, .uncertain, .abandoned: false
        }
    }
}

extension SendReport {
    /// What the send says of the provider; nil where nobody was asked.
    fileprivate var lesson: ProviderStanding? {
        switch result {
        case .abandoned, .throttled: nil
        case .permanent where standing == .unknown: nil
        case .accepted, .transient, .permanent, .stopped, .refused, .uncertain: standing
        }
    }
}

import Broker
import Database
import DomainEvents
import FoundationEssentials
import NotificationLog
import Reactor

extension EventPipeline {
    /// The id the event goes by: its own, its claim's, or one that its redeliveries will find again.
    func eventID(of event: DomainEvent, _ passage: Passage) async throws(PassageFailure) -> String {
        // Its own comes first: an event that was parked before anybody had read it has been given another.
        if let own = event.eventID ?? passage.claim?.eventID { return own }
        guard let delivery = passage.delivery else { return UUIDv7.generate().uuidString.lowercased() }
        let digest = ContentDigest.message(routingKey: event.type, body: passage.message.body)
        let connection = "\(parts.instanceID)/\(delivery.id.generation)"
        let holds: @Sendable () async -> Bool = { [weak self] in
            await self?.holds(delivery.id, of: passage.number) ?? false
        }
        let id = try await persistently { () async throws(DatabaseError) in
            try await parts.log.anonymous.identify(
                bodyDigest: digest,
                eventType: event.type,
                fresh: UUIDv7.generate().uuidString.lowercased(),
                redelivered: delivery.redelivered,
                connection: connection,
                tag: delivery.id.tag,
                isHeld: holds
            )
        }
        guard let id else { throw .deliveryGone }
        anonymous[delivery.id] = id
        // What comes again must find the id free, and may not come with the broker's mark: it alone is sent.
        guard await holds() else {
            giveUpIDs { $0 == delivery.id }
            throw .deliveryGone
        }
        return id
    }

    /// The broker has answered something since these were acknowledged: it has the acknowledgements.
    func acknowledged(_ ids: [DeliveryID]) {
        guard !anonymous.isEmpty else { return }
        let eventIDs = ids.compactMap { anonymous.removeValue(forKey: $0) }
        guard !eventIDs.isEmpty else { return }
        parts.reactor.task { [parts] in try? await parts.log.anonymous.acknowledged(eventIDs) }
    }

    /// What was delivered over the connection comes again, and its acknowledgements are never heard of.
    func connectionLost() {
        lostGeneration = newestGeneration
        giveUpIDs { [lostGeneration] in $0.generation <= lostGeneration }
    }

    /// Lets redeliveries take the ids of these deliveries back.
    func giveUpIDs(where isGone: (DeliveryID) -> Bool) {
        let gone = anonymous.filter { isGone($0.key) }
        guard !gone.isEmpty else { return }
        for delivery in gone.keys { anonymous[delivery] = nil }
        let eventIDs = Array(gone.values)
        parts.reactor.task { [parts] in try? await parts.log.anonymous.giveUp(eventIDs) }
    }
}

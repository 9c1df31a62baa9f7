import Broker
import Database
import DomainEvents
import FoundationEssentials
import Logging
import NotificationLog
import Pipeline
import Reactor

/// Moves each message of the dead-letter queue into the table `dead_letter`: insert, commit, ack.
actor DeadLetterCollector {
    private let parts: PipelineParts
    nonisolated var unownedExecutor: UnownedSerialExecutor { parts.reactor.executor.asUnownedSerialExecutor() }
    private var catalogue: Catalogue
    private var errors = RepeatedDatabaseError()
    private let answer: @Sendable (DeliveryID, Disposition) -> Void

    init(
        parts: PipelineParts,
        catalogue: Catalogue,
        answer: @escaping @Sendable (DeliveryID, Disposition) -> Void
    ) {
        self.parts = parts
        self.catalogue = catalogue
        self.answer = answer
    }

    func use(_ catalogue: Catalogue) {
        self.catalogue = catalogue
    }

    func receive(_ deliveries: [Delivery]) {
        for delivery in deliveries {
            Task(executorPreference: parts.reactor.executor) { await self.collect(delivery) }
        }
    }

    private func collect(_ delivery: Delivery) async {
        var message = IncomingMessage(delivery, receivedAt: Date())
        let death = DeathRecord(delivery.properties.headers)
        // The broker re-publishes under the dead-letter exchange; the fact is the first one's.
        message.exchange = death?.exchange ?? message.exchange
        message.routingKey = death?.routingKey.map(IncomingMessage.storable) ?? message.routingKey
        while true {
            do throws(DatabaseError) {
                try await bury(message, death)
                return answer(delivery.id, .acknowledge)
            } catch {
                if error.code == .closed { return answer(delivery.id, .requeue) }
                errors.log("dead letter not stored", error, to: parts.logger)
                guard (try? await parts.reactor.sleep(for: .seconds(5))) != nil else {
                    return answer(delivery.id, .requeue)
                }
            }
        }
    }

    private func bury(_ message: IncomingMessage, _ death: DeathRecord?) async throws(DatabaseError) {
        let stored = parts.vault.store(message)
        if death?.reason == "delivery_limit" {
            let record = undeliverable(message)
            let isBuried = try await parts.log.rejections.buryUndeliverable(
                stored,
                as: record,
                reason: .deliveryLimit
            )
            if isBuried {
                parts.metrics.deadLettered(channel: .none, reason: .deliveryLimit)
                report(record)
            }
            return say(isBuried ? "dead letter stored" : "dead letter dropped", message, code: .deliveryLimit)
        }
        let rejection = rejection(of: message)
        let key = EventKey(
            eventType: message.routingKey,
            dedupeKey: EventIdentity.rejectedKey(
                eventID: rejection?.eventID,
                routingKey: message.routingKey,
                body: message.body
            )
        )
        let code = rejection?.code ?? .identityConflict
        try await parts.log.rejections.bury(stored, rejectedAs: key, eventID: rejection?.eventID, fallback: code)
        parts.metrics.deadLettered(channel: .none, reason: code)
        say("dead letter stored", message, code: code)
    }

    /// Decoding again gives the event's id under which the rejection was recorded; a message that decodes well was
    /// rejected for its identity.
    private func rejection(of message: IncomingMessage) -> EventRejection? {
        do throws(EventRejection) {
            if ContactEvent.isContactOnly(message.routingKey) {
                let change = try parts.decoder.decodeContactChange(message)
                return EventRejection(code: .shapeInvalid, message: "", eventID: change.eventID)
            }
            let event = try parts.decoder.decode(message, as: catalogue.types[message.routingKey])
            return EventRejection(code: .identityConflict, message: "", eventID: event.eventID)
        } catch {
            return error
        }
    }

    private func undeliverable(_ message: IncomingMessage) -> Rejection {
        let definition = catalogue.types[message.routingKey]
        let event = try? parts.decoder.decode(message, as: definition)
        let eventID = event?.eventID ?? message.messageID
        var key = EventIdentity.rejectedKey(eventID: eventID, routingKey: message.routingKey, body: message.body)
        if let event {
            let fields = definition?.dedupe ?? []
            let identity = EventIdentity.of(
                event: event,
                eventID: eventID ?? "",
                dedupeFields: fields,
                schema: definition?.schema ?? EventSchema()
            )
            // Without an id only the type's own fields can name the fact.
            if eventID != nil || !identity.dedupeKey.hasPrefix("id:") { key = identity.dedupeKey }
        }
        return Rejection(
            key: EventKey(eventType: message.routingKey, dedupeKey: key),
            notificationID: UUIDv7.generate(),
            eventID: eventID ?? UUIDv7.generate().uuidString.lowercased(),
            status: .failed,
            code: .deliveryLimit,
            message: "the broker delivered it as often as it may without an acknowledgement",
            traceID: nil,
            receivedAt: message.receivedAt
        )
    }

    /// The one log line of a notification that nobody but the broker saw end.
    private func report(_ record: Rejection) {
        parts.logger.info(
            "notification \(record.status.rawValue)",
            metadata: [
                "event_id": .string(record.eventID), "event_type": .string(record.key.eventType), "channel": "none",
                "attempt": .stringConvertible(0), "outcome": .string(record.status.rawValue),
                "error_code": .string(record.code.rawValue), "error": .string(record.message),
            ]
        )
    }

    /// Its notification has a line of its own.
    private func say(_ text: Logger.Message, _ message: IncomingMessage, code: ErrorCode) {
        parts.logger.debug(
            text,
            metadata: ["event_type": .string(message.routingKey), "error_code": .string(code.rawValue)]
        )
    }
}

/// What RabbitMQ writes about a message's latest death, in the first table of `x-death`.
struct DeathRecord: Equatable {
    var reason: String
    var exchange: String?
    var routingKey: String?

    init?(_ headers: [String: HeaderValue]) {
        guard case .array(let deaths)? = headers["x-death"], case .table(let latest)? = deaths.first,
            let reason = latest["reason"]?.scalarText
        else { return nil }
        self.reason = reason
        exchange = latest["exchange"]?.scalarText
        if case .array(let keys)? = latest["routing-keys"] { routingKey = keys.first?.scalarText }
    }
}

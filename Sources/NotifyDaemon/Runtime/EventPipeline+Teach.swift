import Database
import DomainEvents
import NotificationLog
import Pipeline

extension EventPipeline {
    /// What the event teaches about its recipient. Only sign-ups, updates and deletions teach; what other events carry
    /// counts for themselves alone.
    ///
    /// A sign-up that was parked has taught before; by now it could only undo what a later event of the same second said.
    func lesson(of identified: IdentifiedEvent, in passage: Passage) -> ContactChange? {
        let event = identified.event
        guard passage.claim == nil, event.type == ContactEvent.signUp, var change = event.contactChange
        else { return nil }
        let identity = EventIdentity.of(
            event: event,
            eventID: event.eventID ?? "",
            dedupeFields: identified.definition?.dedupe ?? [],
            schema: identified.schema
        )
        // Without an id only the type's own fields can name the fact.
        let hasKey = event.eventID != nil || !identity.dedupeKey.hasPrefix("id:")
        change.signUp = hasKey ? identity : nil
        return change
    }

    /// The whole way of a sign-up that teaches, which it does as soon as it is there: a tie of event times goes to the later
    /// receipt, and what comes right behind it has to find the contact.
    ///
    /// Behind another one of the same key it waits for that one's row first, which tells whether it is the same fact.
    func processSignUp(
        _ passage: Passage,
        _ identified: IdentifiedEvent,
        _ lesson: ContactChange
    ) async throws(PassageFailure) -> Disposition {
        let key = lesson.signUp?.dedupeKey
        if let key, !signUps.insert(key).inserted {
            return try await claimAndDeliver(passage, identified, teaching: lesson)
        }
        defer { if let key { signUps.remove(key) } }
        try await teach(lesson)
        return try await claimAndDeliver(passage, identified)
    }

    func teach(_ lesson: ContactChange) async throws(PassageFailure) {
        _ = try await persistently { () async throws(DatabaseError) in try await parts.log.contacts.apply(lesson) }
    }
}

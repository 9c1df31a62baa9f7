import Database
import DomainEvents
import NotificationLog
import Pipeline

extension EventPipeline {
    /// What the event teaches about its recipient. Only sign-ups, updates and deletions teach; what other events carry
    /// counts for themselves alone.
    ///
    /// A sign-up that was read before it was parked has taught then; by now it could only undo what a later event of the
    /// same second said.
    func lesson(of identified: IdentifiedEvent, in passage: Passage) -> ContactChange? {
        let event = identified.event
        let wasRead = passage.claim.map { !EventIdentity.isProvisionalKey($0.key.dedupeKey) } ?? false
        guard !wasRead, event.type == ContactEvent.signUp, var change = event.contactChange else { return nil }
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
    /// Behind another one of the same key it teaches nothing: it is the same fact, or will be rejected. So it has its turn
    /// before it teaches, and the first of two is the first to be claimed, too.
    func processSignUp(
        _ passage: Passage,
        _ identified: IdentifiedEvent,
        _ lesson: ContactChange
    ) async throws(PassageFailure) -> Disposition {
        guard let signUp = lesson.signUp else {
            try await teach(lesson)
            return try await claimAndDeliver(passage, identified)
        }
        let key = EventKey(eventType: identified.event.type, dedupeKey: signUp.dedupeKey)
        guard keys.isFree(key) else { return try await claimAndDeliver(passage, identified) }
        await keys.begin(key)
        defer { keys.end(key) }
        try await teach(lesson)
        return try await claimAndDeliver(passage, identified, holding: key)
    }

    private func teach(_ lesson: ContactChange) async throws(PassageFailure) {
        _ = try await persistently { () async throws(DatabaseError) in try await parts.log.contacts.apply(lesson) }
    }
}

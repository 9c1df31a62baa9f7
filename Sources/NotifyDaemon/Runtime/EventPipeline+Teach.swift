import Database
import DomainEvents
import NotificationLog

extension EventPipeline {
    /// Only sign-ups, updates and deletions teach; what other events carry counts for themselves alone.
    ///
    /// It is done as soon as the event is there: a tie of event times goes to the later receipt, and what comes right
    /// behind a sign-up has to find its contact. A sign-up that was parked has taught before; by now it could only undo what
    /// a later event of the same second said.
    func teach(_ identified: IdentifiedEvent, of passage: Passage) async throws(PassageFailure) {
        guard passage.claim == nil, identified.event.type == "user.signup",
            let change = identified.event.contactChange
        else { return }
        _ = try await persistently { () async throws(DatabaseError) in try await parts.log.contacts.apply(change) }
    }
}

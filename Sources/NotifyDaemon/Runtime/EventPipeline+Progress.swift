import NotificationLog

extension EventPipeline {
    /// - Parameter place: the notification's in its event; nil: the event as a whole.
    func enter(_ stage: Stage, _ passage: Passage, place: Int? = nil) {
        stages.enter(stage, StageKey(passage: passage.number, place: place), now: .now)
    }

    func leave(_ passage: Passage, place: Int? = nil) {
        stages.leave(StageKey(passage: passage.number, place: place))
    }

    /// The search for parked notifications is about to look, or to sleep for a second at most.
    func pollerAdvances() {
        stages.enter(.poll, .poller, now: .now)
    }

    func pollerStopped() {
        stages.leave(.poller)
    }

    /// What does not advance although it could.
    func stuck(databaseIsUp: Bool) -> StageTable.Stuck? {
        if !databaseIsUp { stages.databaseIsAbsent(now: .now) }
        return stages.stuck(now: .now)
    }
}

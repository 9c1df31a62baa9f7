import ArgumentParser
import FoundationEssentials
import NotificationLog

/// `notifyd dlq replay`.
struct DeadLetterReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Takes dead letters up again: their notifications are due at once, their retry schedule starts anew.",
        discussion: """
            What was sent meanwhile, or is being taken up already, is skipped. It does not go through the broker: no other \
            service sees the event again. Filters take what was not replayed since it died. Works while the daemon is \
            down, which sends when it is back.

            EXAMPLES
              notifyd dlq replay 17 18
              notifyd dlq replay --reason smtp.550 --since 1d --dry-run
              notifyd dlq replay --all --rate 50
            """
    )

    @OptionGroup var targets: DeadLetterTargets
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let now = Date.now
        let note = OperatorNote(who: Operator.current, filter: targets.text(now: now))
        try await withCommandDatabase(common.environment().wiring) { database in
            let run = DeadLetterRun(targets: targets, printsEach: common.json, takesReplayed: false, now: now) { ids in
                targets.dryRun
                    ? try await database.deadLetters.previewReplay(ids)
                    : try await database.deadLetters.replay(ids, note: note)
            }
            try await run.execute(database, "replaying", done: "replayed")
        }
    }
}

import ArgumentParser
import FoundationEssentials
import NotificationLog

/// `notifyd dlq drop`.
struct DeadLetterDropCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Deletes dead letters for good, with their bodies; their rows in the log stay.",
        discussion: """
            Those replayed before are deleted too: what was taken up again does not need them.

            EXAMPLES
              notifyd dlq drop 17 --yes
              notifyd dlq drop --reason rejected --dry-run
            """
    )

    @OptionGroup var targets: DeadLetterTargets

    @Flag(help: "Yes, delete them: there is no way back.")
    var yes = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard yes || targets.dryRun else {
            throw ValidationError("deleting dead letters needs --yes; --dry-run shows what would be deleted")
        }
    }

    func run() async throws {
        let now = Date.now
        let note = OperatorNote(who: Operator.current, filter: targets.text(now: now))
        try await withCommandDatabase(common.environment().wiring) { database in
            let run = DeadLetterRun(targets: targets, printsEach: common.json, takesReplayed: true, now: now) { ids in
                targets.dryRun
                    ? try await database.deadLetters.previewDrop(ids)
                    : try await database.deadLetters.drop(ids, note: note)
            }
            try await run.execute(database, "dropping", done: "dropped")
        }
    }
}

import FoundationEssentials
import NotificationLog
import Reactor

/// Takes chunk after chunk through a replay or a drop, each in a transaction of its own: killed half-way, what was done
/// is done and recorded, and the rest is as it was.
struct DeadLetterRun {
    let targets: DeadLetterTargets
    let printsEach: Bool
    /// Filters of a drop take those replayed before as well.
    let takesReplayed: Bool
    let now: Date
    let perform: ([Int64]) async throws -> [DeadLetterOutcome]

    private var pace: ChunkPace { ChunkPace(rate: targets.dryRun ? nil : targets.rate) }

    /// Prints what happens and how it ended.
    ///
    /// - Throws: `CommandFailure` where nothing could be done for a number that was named.
    func execute(_ database: CommandDatabase, done: String) async throws {
        var tally = DeadLetterTally(done: done, isDryRun: targets.dryRun)
        do {
            try await runChunks(database, &tally)
        } catch {
            if tally.count > 0 { StandardStreams.printError("notifyd: stopped half-way; \(tally.summary)") }
            throw error
        }
        if !printsEach { StandardStreams.print(tally.summary) }
        if !targets.ids.isEmpty, !tally.skipped.isEmpty { throw CommandFailure(.failed, tally.failure) }
    }

    private func runChunks(_ database: CommandDatabase, _ tally: inout DeadLetterTally) async throws {
        let start = ContinuousClock.now
        var taken = 0
        var rest = Self.unique(targets.ids)[...]
        var last: Int64 = 0
        let newest = targets.ids.isEmpty ? try await database.deadLetters.newestID() : 0
        while true {
            let chunk: [Int64]
            if targets.ids.isEmpty {
                chunk = try await database.deadLetters.ids(
                    targets.filters.filter(now: now, limit: pace.chunk),
                    after: last,
                    upTo: newest,
                    withReplayed: takesReplayed
                )
            } else {
                chunk = Array(rest.prefix(pace.chunk))
                rest = rest.dropFirst(pace.chunk)
            }
            guard let highest = chunk.last else { return }
            let wait = pace.start(after: taken) - (ContinuousClock.now - start)
            if wait > .zero { try await database.wiring.reactor.sleep(for: wait) }
            let outcomes = try await perform(chunk)
            tally.add(outcomes)
            if printsEach {
                for outcome in outcomes {
                    StandardStreams.print(try JSONOutput.line(DeadLetterOutcomeLine(outcome, tally)))
                }
            }
            taken += chunk.count
            last = highest
        }
    }

    private static func unique(_ ids: [Int64]) -> [Int64] {
        var seen: Set<Int64> = []
        return ids.filter { seen.insert($0).inserted }
    }
}

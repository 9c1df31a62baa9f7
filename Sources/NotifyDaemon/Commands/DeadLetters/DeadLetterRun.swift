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
    func execute(_ database: CommandDatabase, _ doing: String, done: String) async throws {
        let total = try await total(database)
        let tally = try await withProgress(doing, total: total, json: printsEach) { progress in
            var tally = DeadLetterTally(done: done, isDryRun: targets.dryRun)
            do {
                try await runChunks(database, &tally, progress)
            } catch {
                if tally.count > 0 { progress.note("notifyd: stopped half-way; \(tally.summary)") }
                throw error
            }
            return tally
        }
        if !printsEach { StandardStreams.print(tally.summary) }
        if !targets.ids.isEmpty, !tally.skipped.isEmpty { throw CommandFailure(.failed, tally.failure) }
    }

    /// How many there are to take, for the bar alone; filters are counted only where somebody sees it.
    private func total(_ database: CommandDatabase) async throws -> Int? {
        guard targets.ids.isEmpty else { return Self.unique(targets.ids).count }
        guard Screen.standardError.canRedraw else { return nil }
        let groups = try await database.queries.deadLetterCounts(targets.filters.filter(now: now, limit: 100_000))
        return groups.reduce(0) { $0 + $1.count - (takesReplayed ? 0 : $1.replayed) }
    }

    private func runChunks(
        _ database: CommandDatabase,
        _ tally: inout DeadLetterTally,
        _ progress: ProgressBar
    ) async throws {
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
            progress.advance(by: chunk.count)
            last = highest
        }
    }

    private static func unique(_ ids: [Int64]) -> [Int64] {
        var seen: Set<Int64> = []
        return ids.filter { seen.insert($0).inserted }
    }
}

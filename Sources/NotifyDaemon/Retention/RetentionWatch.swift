import Database
import Logging
import NotificationLog
import Reactor

/// Applies `audit.keep` when the daemon starts and every day after, where its role may.
actor RetentionWatch {
    private let run: RetentionRun
    private let reactor: Reactor
    private let logger: Logger
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
    private var task: Task<Void, Never>?
    private var isForbiddenSaid = false

    private static let day = Duration.seconds(86400)
    /// After a failure: a dump that held a table is over by then, or a server back.
    private static let again = Duration.seconds(600)

    init(run: RetentionRun, reactor: Reactor, logger: Logger) {
        self.run = run
        self.reactor = reactor
        self.logger = logger
    }

    func start() {
        guard task == nil else { return }
        task = Task(executorPreference: reactor.executor) { [weak self] in
            while !Task.isCancelled, let self {
                let pause = await self.apply()
                guard (try? await self.reactor.sleep(for: pause)) != nil else { return }
            }
        }
    }

    /// What is under way ends with the program; whoever comes next goes on.
    func stop() {
        task?.cancel()
    }

    /// - Returns: how long to wait for the next time.
    private func apply() async -> Duration {
        do throws(DatabaseError) {
            say(try await run.run())
            return Self.day
        } catch {
            // The lanes tell of a server that is away.
            let level: Logger.Level = error.isConnectionFailure ? .debug : .warning
            logger.log(level: level, "retention failed", metadata: ["error": .string(error.description)])
            return Self.again
        }
    }

    private func say(_ outcome: RetentionOutcome) {
        switch outcome {
        case .applied(let report):
            logger.log(level: report.isEmpty ? .debug : .info, "retention applied", metadata: report.metadata)
        case .running:
            logger.debug("retention runs elsewhere")
        case .forbidden(let role):
            logger.log(
                level: isForbiddenSaid ? .debug : .notice,
                "retention is left to others",
                metadata: ["role": .string(role), "hint": "notifyd retain"]
            )
            isForbiddenSaid = true
        }
    }
}

extension RetentionReport {
    fileprivate var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if !madeTables.isEmpty { metadata["made"] = .string(madeTables.joined(separator: ",")) }
        if !droppedTables.isEmpty { metadata["dropped"] = .string(droppedTables.joined(separator: ",")) }
        for (kind, count) in removed { metadata[kind.replacing(" ", with: "_")] = .stringConvertible(count) }
        return metadata
    }
}

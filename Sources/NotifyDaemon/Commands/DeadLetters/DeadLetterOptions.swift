import ArgumentParser
import FoundationEssentials
import NotificationLog

/// The filters that `dlq list`, `replay` and `drop` share.
struct DeadLetterFilterOptions: ParsableArguments {
    @Option(help: "Only this event type's.")
    var type: String?

    @Option(help: "Only this reason's (failed, rejected, delivery_limit) or error code's.")
    var reason: String?

    @Option(help: ArgumentHelp("Only those that died since then, e.g. 30m, 1h, 7d.", valueName: "duration"))
    var since: Age?

    var isEmpty: Bool { type == nil && reason == nil && since == nil }

    func filter(now: Date, limit: Int) -> DeadLetterFilter {
        var filter = DeadLetterFilter(limit: limit)
        filter.eventType = type
        filter.reason = reason
        filter.since = since?.before(now)
        return filter
    }

    /// As `operator_action` keeps it, with the moment instead of the age.
    func text(now: Date) -> String {
        [
            type.map { "--type \($0)" }, reason.map { "--reason \($0)" },
            since.map { "--since \(TimeText.full($0.before(now)))" },
        ].compactMap(\.self).joined(separator: " ")
    }
}

/// Which dead letters to replay or drop, and how fast: one of numbers, filters and `--all` has to be there.
struct DeadLetterTargets: ParsableArguments {
    @Argument(help: ArgumentHelp("Numbers of dead letters; see notifyd dlq list.", valueName: "id"))
    var ids: [Int64] = []

    @OptionGroup var filters: DeadLetterFilterOptions

    @Flag(help: "All there are.")
    var all = false

    @Flag(help: "Say what would be done and change nothing.")
    var dryRun = false

    @Option(help: ArgumentHelp("At most so many a second.", valueName: "n"))
    var rate: Double?

    func validate() throws {
        let ways = [!ids.isEmpty, !filters.isEmpty, all].filter(\.self).count
        if ways == 0 { throw ValidationError("give IDs, filters (--type, --reason, --since) or --all") }
        if ways > 1 { throw ValidationError("IDs, filters and --all exclude each other") }
        if let rate, !(rate > 0 && rate <= 1_000_000) {
            throw ValidationError("--rate is a number above 0, at most 1000000")
        }
    }

    /// What `operator_action` keeps as the filter; nil for numbers, which are its targets.
    func text(now: Date) -> String? {
        if all { return "--all" }
        return filters.isEmpty ? nil : filters.text(now: now)
    }
}

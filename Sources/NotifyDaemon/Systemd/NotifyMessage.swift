/// One message to the service manager: what changed, and what there is to say of it (sd_notify(3)).
struct NotifyMessage: Equatable, Sendable {
    /// What the manager must hear of: lost, it would wait for it, or kill.
    enum State: Equatable, Sendable {
        case ready
        /// With the time of `CLOCK_MONOTONIC`, in microseconds: tells this reload from one before.
        case reloading(monotonic: UInt64)
        case stopping
    }

    var state: State?
    /// One line for people.
    var status: String?
    /// The program advances.
    var feedsWatchdog = false
    /// From now on: no timeout of starting or stopping passes before.
    var extendTimeout: Duration?

    var isEmpty: Bool { self == NotifyMessage() }

    /// systemd reads at most 4,096 bytes of a message.
    static let longestStatus = 1024

    var text: String {
        var lines: [String] = []
        switch state {
        case .ready: lines.append("READY=1")
        case .reloading(let monotonic): lines += ["RELOADING=1", "MONOTONIC_USEC=\(monotonic)"]
        case .stopping: lines.append("STOPPING=1")
        case nil: break
        }
        if let status { lines.append("STATUS=\(Self.line(status))") }
        if feedsWatchdog { lines.append("WATCHDOG=1") }
        if let extendTimeout { lines.append("EXTEND_TIMEOUT_USEC=\(extendTimeout.microseconds)") }
        return lines.joined(separator: "\n")
    }

    /// Errors repeat what stands in files: no line of theirs may become a message of its own.
    private static func line(_ text: String) -> String {
        // systemctl shows no escapes.
        let line = PrintableText.escaped(text.split(whereSeparator: \.isNewline).joined(separator: "; "))
        guard line.utf8.count > longestStatus else { return line }
        var end = line.utf8.index(line.utf8.startIndex, offsetBy: longestStatus - "…".utf8.count)
        while end > line.startIndex, end.samePosition(in: line.unicodeScalars) == nil {
            line.utf8.formIndex(before: &end)
        }
        return line[..<end] + "…"
    }
}

extension Duration {
    /// Whole microseconds; 0 for what is below.
    var microseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let whole = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000)
        return whole.overflow ? .max : whole.partialValue + UInt64(attoseconds / 1_000_000_000_000)
    }
}

/// What `/proc/PID/stat` says of a process (proc(5)): pure, so that it can be tested without one.
struct ProcessStatus: Equatable {
    /// User and system time, in ticks of the clock that `sysconf(_SC_CLK_TCK)` tells.
    var processorTicks: UInt64
    /// Since the machine's start, in the same ticks.
    var startTicks: UInt64
    /// In pages.
    var residentPages: UInt64

    /// - Returns: nil for what is no such line.
    init?(stat: String) {
        // The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(whereSeparator: \.isWhitespace)
        guard fields.count > Place.residentPages, let user = UInt64(fields[Place.userTicks]),
            let system = UInt64(fields[Place.systemTicks]), let start = UInt64(fields[Place.startTicks]),
            let resident = UInt64(fields[Place.residentPages])
        else { return nil }
        processorTicks = user &+ system
        startTicks = start
        residentPages = resident
    }

    /// Fields 14, 15, 22 and 24 of proc(5), counted from the third.
    private enum Place {
        static let userTicks = 11
        static let systemTicks = 12
        static let startTicks = 19
        static let residentPages = 21
    }

    /// When the machine started, in seconds since 1970: the line `btime` of `/proc/stat`.
    static func bootTime(stat: String) -> UInt64? {
        for line in stat.split(separator: "\n") where line.hasPrefix("btime ") {
            return UInt64(line.dropFirst("btime ".count).drop { $0 == " " })
        }
        return nil
    }

    /// The soft limit of open files in `/proc/PID/limits`; infinity where there is none.
    static func openFileLimit(limits: String) -> Double? {
        let title = "Max open files"
        for line in limits.split(separator: "\n") where line.hasPrefix(title) {
            guard let soft = line.dropFirst(title.count).split(separator: " ").first else { return nil }
            return soft == "unlimited" ? .infinity : UInt64(soft).map { Double($0) }
        }
        return nil
    }
}

import Glibc

/// What the machine, or the container the process is in, gives it.
struct MachineLimits: Sendable, Equatable {
    /// Bytes: the machine's memory, or what the control groups allow where that is less.
    var memory: Int
    /// So many files and sockets may be open when the process asks for it (the hard limit).
    var descriptors: Int

    static func read() -> MachineLimits {
        let physical = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        let allowed = ControlGroupMemory.limit(groups: text("/proc/self/cgroup") ?? "", file: text)
        return MachineLimits(memory: min(physical, allowed ?? .max), descriptors: Int(clamping: openFiles.rlim_max))
    }

    /// Takes what is needed of the descriptors that may be had; where the system refuses, the old limit stays.
    static func raiseDescriptors(to needed: Int) {
        var limit = openFiles
        guard limit.rlim_cur < needed else { return }
        limit.rlim_cur = min(rlim_t(needed), limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static var openFiles: rlimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }

    private static func text(_ path: String) -> String? {
        (try? FileBytes.read(path, limit: 1 << 16)).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// The memory limit of the control groups a process is in (Linux, `Documentation/admin-guide/cgroup-v2.rst`).
enum ControlGroupMemory {
    /// The least of the group's own limit and those above it; nil: there is none, or it cannot be read.
    ///
    /// - Parameters:
    ///   - groups: the content of `/proc/self/cgroup`.
    ///   - file: reads a file below `/sys/fs/cgroup`.
    static func limit(groups: String, file: (String) -> String?) -> Int? {
        var limits: [Int] = []
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, let (root, name) = place(of: fields[0], controllers: fields[1]) else { continue }
            // In a container the path may be one that only the host has; then the group itself is at the root.
            var path = String(fields[2])
            while true {
                let text = file("\(root)\(path == "/" ? "" : path)/\(name)")
                if let limit = text.flatMap({ Int($0.prefix { $0 != "\n" }) }) { limits.append(limit) }
                guard let slash = path.lastIndex(of: "/"), path != "/", !path.isEmpty else { break }
                path = String(path[..<slash])
            }
        }
        return limits.min()
    }

    /// Where a hierarchy has its limits: version 2's is number 0; of version 1's only the memory's counts.
    private static func place(of hierarchy: Substring, controllers: Substring) -> (root: String, name: String)? {
        if hierarchy == "0" { return ("/sys/fs/cgroup", "memory.max") }
        guard controllers.split(separator: ",").contains("memory") else { return nil }
        return ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
    }
}

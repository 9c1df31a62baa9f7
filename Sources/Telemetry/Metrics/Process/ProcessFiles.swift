#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where the process's facts come from; a test gives its own.
struct ProcessFiles: Sendable {
    /// `/proc/self/stat`.
    var status: @Sendable () -> String?
    /// `/proc/self/limits`.
    var limits: @Sendable () -> String?
    /// `/proc/stat`.
    var machine: @Sendable () -> String?
    /// Descriptors that are open, the one that counts them left out.
    var openCount: @Sendable () -> Int?
    var ticksPerSecond: Double
    /// In bytes.
    var pageSize: Double

    static let ofThisProcess = ProcessFiles(
        status: { text(of: "/proc/self/stat") },
        limits: { text(of: "/proc/self/limits") },
        machine: { text(of: "/proc/stat") },
        openCount: { entries(of: "/proc/self/fd").map { $0 - 1 } },
        ticksPerSecond: Double(max(1, sysconf(Int32(_SC_CLK_TCK)))),
        pageSize: Double(max(1, sysconf(Int32(_SC_PAGESIZE))))
    )

    /// Files of `/proc` have no size that could be asked for: read to the end, at most 1 MiB.
    private static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 20 {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    private static func entries(of path: String) -> Int? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            // "." and ".." are no entries; no descriptor's name begins with a dot.
            if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
        }
        return count
    }
}

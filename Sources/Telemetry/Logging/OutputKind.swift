#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What standard output is connected to.
public struct OutputKind: Sendable, Equatable {
    public var isTerminal: Bool
    public var device: UInt64
    public var inode: UInt64

    public init(isTerminal: Bool, device: UInt64, inode: UInt64) {
        self.isTerminal = isTerminal
        self.device = device
        self.inode = inode
    }

    public init(descriptor: Int32) {
        var status = stat()
        let isKnown = fstat(descriptor, &status) == 0
        isTerminal = isatty(descriptor) == 1
        device = isKnown ? UInt64(status.st_dev) : 0
        inode = isKnown ? UInt64(status.st_ino) : 0
    }

    /// Whether this very file is what `$JOURNAL_STREAM` names as `device:inode` (systemd.exec(5)); the variable is
    /// inherited, so a redirected output does not match.
    func isJournal(_ variable: String?) -> Bool {
        guard let parts = variable?.split(separator: ":"), parts.count == 2, inode != 0 else { return false }
        return UInt64(parts[0]) == device && UInt64(parts[1]) == inode
    }
}

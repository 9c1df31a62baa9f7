#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Watches one descriptor for reading and, when asked, for writing; handlers run on the reactor.
///
/// As long as there is something to read, or the peer's hang-up stands, `onReadable` is called again. What is watched is a
/// duplicate of the library's own descriptor: libraries close theirs whenever they like, and its number may by then be
/// someone else's. Use it from the reactor only.
public final class DescriptorSource {
    private let poller: DescriptorPoller
    private let duplicate: Int32
    private let token: UInt64
    private var interest: DescriptorWatch.Interest = []
    private var isCancelled = false

    /// - Returns: nil when the descriptor cannot be watched (bad, or the process has no descriptor left).
    public init?(
        descriptor: Int32,
        reactor: Reactor,
        onReadable: @escaping @Sendable () -> Void,
        onWritable: @escaping @Sendable () -> Void
    ) {
        let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { return nil }
        let watch = DescriptorWatch(descriptor: duplicate, onReadable: onReadable, onWritable: onWritable)
        guard let token = reactor.poller.add(watch) else {
            close(duplicate)
            return nil
        }
        poller = reactor.poller
        self.duplicate = duplicate
        self.token = token
    }

    /// Turns the watch for input on or off. Off at first.
    public func watchReading(_ wanted: Bool) {
        set(.reading, wanted)
    }

    /// Turns the watch for room in the send buffer on or off. Off at first.
    public func watchWriting(_ wanted: Bool) {
        set(.writing, wanted)
    }

    private func set(_ direction: DescriptorWatch.Interest, _ wanted: Bool) {
        guard wanted != interest.contains(direction), !isCancelled else { return }
        interest.formSymmetricDifference(direction)
        poller.setInterest(interest, of: token)
    }

    /// Ends both watches; no handler is called from now on. Safe to call again.
    public func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        poller.remove(token)
        close(duplicate)
    }

    deinit {
        cancel()
    }
}

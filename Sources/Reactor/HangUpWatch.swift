import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Calls a reader again while its peer has hung up, as Dispatch's own event comes only once.
///
/// The descriptor is looked at on the queue alone, and only while it is watched, hence open.
final class HangUpWatch: Sendable {
    private let descriptor: Int32
    private let queue: DispatchQueue
    private let onReadable: @Sendable () -> Void
    private let watching = Atomic(false)

    init(descriptor: Int32, queue: DispatchQueue, onReadable: @escaping @Sendable () -> Void) {
        self.descriptor = descriptor
        self.queue = queue
        self.onReadable = onReadable
    }

    var isWatching: Bool {
        get { watching.load(ordering: .relaxed) }
        set { watching.store(newValue, ordering: .relaxed) }
    }

    func readable() {
        guard isWatching else { return }
        onReadable()
        guard isWatching, hasHungUp else { return }
        queue.async { self.readable() }
    }

    private var hasHungUp: Bool {
        var look = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&look, 1, 0) > 0 && Int32(look.revents) & (POLLHUP | POLLERR) != 0
    }
}

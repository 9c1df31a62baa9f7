import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Calls a reader again while its peer has hung up, as Dispatch's own event comes only once.
///
/// At once for the first few times, which is all that a reader needs who comes for the rest; then in slow steps, so that
/// one who keeps a dead connection costs nothing.
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

    private static let promptCalls = 8
    private static let slowStep = DispatchTimeInterval.milliseconds(100)

    /// - Parameter call: how often it was called since Dispatch's own event.
    func readable(call: Int = 0) {
        guard isWatching else { return }
        onReadable()
        guard isWatching, hasHungUp else { return }
        let delay = call < Self.promptCalls ? .nanoseconds(0) : Self.slowStep
        queue.asyncAfter(deadline: .now() + delay) { self.readable(call: call + 1) }
    }

    private var hasHungUp: Bool {
        var look = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&look, 1, 0) > 0 && Int32(look.revents) & (POLLHUP | POLLERR) != 0
    }
}

import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Watches one descriptor for reading and, when asked, for writing; handlers run on the reactor.
///
/// On Linux Dispatch stops watching a descriptor after a hang-up, handler or not, so a reader that left the last bytes
/// for its next turn would never hear of the end: as long as the hang-up stands, `onReadable` is called again.
///
/// The descriptor that Dispatch watches is a duplicate of the library's own: libraries close theirs whenever they like,
/// while Dispatch needs its one open until the cancel handlers ran. Closing the last of both sources closes the
/// duplicate. Use it from the reactor only.
public final class DescriptorSource {
    private let duplicate: Int32
    private let readSource: any DispatchSourceRead
    private let writeSource: any DispatchSourceWrite
    private let hangUp: HangUpWatch
    private var isReading = false
    private var isWriting = false
    private var isCancelled = false

    /// - Returns: nil when the descriptor cannot be duplicated (bad, or the process has no descriptor left).
    public init?(
        descriptor: Int32,
        reactor: Reactor,
        onReadable: @escaping @Sendable () -> Void,
        onWritable: @escaping @Sendable () -> Void
    ) {
        let duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { return nil }
        self.duplicate = duplicate
        readSource = DispatchSource.makeReadSource(fileDescriptor: duplicate, queue: reactor.queue)
        writeSource = DispatchSource.makeWriteSource(fileDescriptor: duplicate, queue: reactor.queue)
        let hangUp = HangUpWatch(descriptor: duplicate, queue: reactor.queue, onReadable: onReadable)
        self.hangUp = hangUp
        readSource.setEventHandler(handler: DispatchWorkItem { hangUp.readable() })
        writeSource.setEventHandler(handler: DispatchWorkItem(block: onWritable))
        let group = DispatchGroup()
        group.enter()
        group.enter()
        readSource.setCancelHandler(handler: DispatchWorkItem { group.leave() })
        writeSource.setCancelHandler(handler: DispatchWorkItem { group.leave() })
        group.notify(queue: reactor.queue) { close(duplicate) }
    }

    /// Turns the watch for input on or off. Off at first.
    public func watchReading(_ wanted: Bool) {
        guard wanted != isReading, !isCancelled else { return }
        isReading = wanted
        hangUp.isWatching = wanted
        if wanted { readSource.resume() } else { readSource.suspend() }
    }

    /// Turns the watch for room in the send buffer on or off. Off at first.
    public func watchWriting(_ wanted: Bool) {
        guard wanted != isWriting, !isCancelled else { return }
        isWriting = wanted
        if wanted { writeSource.resume() } else { writeSource.suspend() }
    }

    /// Ends both watches; no handler runs after the current turn of the reactor. Safe to call again.
    public func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        hangUp.isWatching = false
        readSource.cancel()
        writeSource.cancel()
        // A suspended source never runs its cancel handler.
        if !isReading { readSource.resume() }
        if !isWriting { writeSource.resume() }
    }

    deinit {
        cancel()
    }
}

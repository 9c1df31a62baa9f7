import CEpoll

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The kernel's list of descriptors to watch (epoll(7)), level-triggered: what is not dealt with is told again.
struct Epoll: Sendable {
    static let input = UInt32(EPOLLIN.rawValue)
    static let output = UInt32(EPOLLOUT.rawValue)
    /// Told whether asked for or not.
    static let hangUp = UInt32(EPOLLHUP.rawValue) | UInt32(EPOLLERR.rawValue)
    /// A reader learns of an end or an error by reading, a writer by writing.
    static let readable = input | hangUp
    static let writable = output | hangUp

    /// Events taken at once; more wait for the next look.
    private static let capacity = 256

    let descriptor: Int32

    /// - Returns: nil when the process or the system has no descriptor left.
    init?() {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { return nil }
    }

    func end() {
        close(descriptor)
    }

    /// - Returns: false when the kernel refuses, as for want of memory or above `fs.epoll.max_user_watches`.
    func add(_ watched: Int32, events: UInt32, token: UInt64) -> Bool {
        control(EPOLL_CTL_ADD, watched, events, token)
    }

    func change(_ watched: Int32, events: UInt32, token: UInt64) {
        _ = control(EPOLL_CTL_MOD, watched, events, token)
    }

    func remove(_ watched: Int32) {
        _ = control(EPOLL_CTL_DEL, watched, 0, 0)
    }

    private func control(_ operation: Int32, _ watched: Int32, _ events: UInt32, _ token: UInt64) -> Bool {
        var event = epoll_event()
        event.events = events
        event.data.u64 = token
        return epoll_ctl(descriptor, operation, watched, &event) == 0
    }

    /// Hands over what is ready now, without waiting; none also where a signal came between.
    func take<Result>(_ body: (UnsafeBufferPointer<epoll_event>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.capacity) { events in
            let count = epoll_wait(descriptor, events.baseAddress, Int32(Self.capacity), 0)
            return body(UnsafeBufferPointer(rebasing: events[..<max(0, Int(count))]))
        }
    }
}

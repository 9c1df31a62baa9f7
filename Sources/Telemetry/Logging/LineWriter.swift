import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes whole lines to a descriptor, in order, on a queue of its own: a slow reader stops nobody but this queue.
///
/// A line waits about a millisecond for others, so that a busy process wakes the writer once for many. What waits is
/// bounded; beyond that the newest lines are lost and counted. Writes are whole lines of at most `PIPE_BUF` bytes
/// together (longer ones alone), so that several processes may share one pipe. `SIGPIPE` must be ignored by the process.
public final class LineWriter: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var isScheduled = false
        var lostSinceReport = 0
    }

    /// POSIX promises 512 bytes, Linux 4,096 (pipe(7)).
    private static let atomicWrite = 4096
    private static let linger: DispatchTimeInterval = .milliseconds(1)

    private let descriptor: Int32
    private let limit: Int
    private let queue: DispatchQueue
    private let state = Mutex(State())
    private let lost = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - descriptor: stays open as long as this writer; standard output is 1.
    ///   - limit: bytes that may wait; as many again may be on their way out.
    public init(descriptor: Int32 = 1, limit: Int = 4 << 20) {
        self.descriptor = descriptor
        self.limit = limit
        queue = DispatchQueue(label: "notifyd.log")
    }

    /// Lines that never reached the descriptor.
    public var lostLines: UInt64 { lost.load(ordering: .relaxed) }

    /// Takes one or more lines, each with its line feed; never blocks.
    ///
    /// - Parameter reportLoss: makes the line that says how many were lost just before this one.
    public func append(_ lines: [UInt8], reportLoss: (Int) -> [UInt8] = { _ in [] }) {
        let mustSchedule = state.withLock { state in
            guard state.pending.count + lines.count <= limit else {
                let count = Self.countLines(lines[...])
                state.lostSinceReport += count
                lost.wrappingAdd(UInt64(count), ordering: .relaxed)
                return false
            }
            if state.lostSinceReport > 0 {
                state.pending += reportLoss(state.lostSinceReport)
                state.lostSinceReport = 0
            }
            state.pending += lines
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { queue.asyncAfter(deadline: .now() + Self.linger) { self.drain() } }
    }

    /// Waits until all that was taken is written; blocks its thread, so call it when the reactor is done.
    ///
    /// - Returns: false when `timeout` passed first.
    @discardableResult
    public func flush(timeout: Duration) -> Bool {
        let done = DispatchSemaphore(value: 0)
        queue.async {
            self.drain()
            done.signal()
        }
        let (seconds, attoseconds) = timeout.components
        let nanoseconds = Int(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let limit = nanoseconds.overflow ? Int.max : nanoseconds.partialValue + Int(attoseconds / 1_000_000_000)
        return done.wait(timeout: .now() + .nanoseconds(limit)) == .success
    }

    private func drain() {
        while true {
            let lines: [UInt8] = state.withLock { state in
                defer { state.pending = [] }
                state.isScheduled = !state.pending.isEmpty
                return state.pending
            }
            if lines.isEmpty { return }
            var rest = lines[...]
            while !rest.isEmpty {
                let end = Self.endOfChunk(rest)
                put(rest[..<end])
                rest = rest[end...]
            }
        }
    }

    /// Past the last whole line within the atomic size; a longer line goes alone.
    private static func endOfChunk(_ lines: ArraySlice<UInt8>) -> Int {
        if lines.count <= atomicWrite { return lines.endIndex }
        let newline = UInt8(ascii: "\n")
        if let last = lines.prefix(atomicWrite).lastIndex(of: newline) { return last + 1 }
        return lines.firstIndex(of: newline).map { $0 + 1 } ?? lines.endIndex
    }

    /// One write call, more only where the kernel takes less; what it refuses is lost and counted.
    private func put(_ chunk: ArraySlice<UInt8>) {
        var rest = chunk
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                // Somebody who shares the descriptor made it non-blocking.
                var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&event, 1, -1)
            } else if count == 0 || errno != EINTR {
                let lines = Self.countLines(rest)
                lost.wrappingAdd(UInt64(lines), ordering: .relaxed)
                return
            }
        }
    }

    private static func countLines(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.count { $0 == UInt8(ascii: "\n") }
    }
}

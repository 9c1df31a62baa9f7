import Dispatch
import Reactor

/// An SMTP session that libcurl opened: bytes in and out without blocking, until it is closed.
///
/// At most one `write` and one `read` at a time; both at once are fine. After a failure of either close it.
public actor MailSession {
    /// Unread bytes at most before the server is made to wait.
    private static let inputLimit = 65_536

    public nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    /// Every line the server said up to now, greeting first, line ends cut off.
    public nonisolated let greeting: [String]
    /// The lines of the last EHLO, in upper case: `PIPELINING`, `8BITMIME`, `SIZE 10240000`. Empty after HELO.
    public nonisolated let capabilities: Set<String>
    public nonisolated let timings: TransferTimings
    public nonisolated let remoteAddress: String
    public nonisolated let remotePort: Int
    /// Whether it is over TLS.
    public nonisolated let isEncrypted: Bool

    private enum End: Equatable {
        case byServer
        case byUs
        case broken(String)
    }

    private let reactor: Reactor
    private let multi: CurlMulti
    private let easy: EasyHandle
    private let socket: Int32
    private var source: DescriptorSource?
    private let output = OutputBuffer()
    private var input: [UInt8] = []
    private var isInputFull = false
    private var end: End?
    private var waits = SessionWaits()
    private var timer = DeadlineTimer()

    /// - Throws: `.closed` when the connection is already gone.
    init(_ opening: MailSessionOpening, multi: CurlMulti) throws(TransferFailure) {
        let easy = opening.easy
        guard let socket = easy.activeSocket else {
            throw TransferFailure(kind: .closed, detail: "the server closed the connection", timings: opening.timings)
        }
        self.multi = multi
        self.easy = easy
        self.socket = socket
        reactor = multi.reactor
        greeting = opening.dialogue.lines
        capabilities = opening.dialogue.capabilities
        timings = opening.timings
        remoteAddress = easy.remoteAddress
        remotePort = easy.remotePort
        isEncrypted = easy.isEncrypted
        easy.clearDetail()
    }

    /// Watches the connection from now on, so that a server that hangs up is seen while the session idles.
    func begin() {
        multi.keepSession(easy) { [weak self] in self?.assumeIsolated { $0.close() } }
        source = DescriptorSource(
            descriptor: socket,
            reactor: reactor,
            onReadable: { [weak self] in self?.assumeIsolated { $0.readable() } },
            onWritable: { [weak self] in self?.assumeIsolated { $0.writable() } }
        )
        guard let source else { return finish(.broken("no descriptor left to watch the connection with")) }
        source.watchReading(true)
        // What came with the last line of the login waits in the TLS layer, where no descriptor tells of it.
        receive()
    }

    isolated deinit {
        finish(.byUs)
    }

    /// Open, with nothing unread: a server that hung up, or said 421 while the session idled, makes it false.
    public var isReusable: Bool { end == nil && input.isEmpty }

    /// Sends all of `bytes`; returns once the kernel took the last one.
    ///
    /// - Throws: `.timeout`, `.closed` or `.cancelled`; `sentBytes` says how many went out. The session is then closed.
    public func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant) async throws(TransferFailure) {
        precondition(!waits.isWriting, "one write at a time")
        var sent = 0
        while sent < bytes.count {
            guard end == nil else { throw closed(sentBytes: sent) }
            guard !Task.isCancelled else { throw givenUp(.cancelled, sentBytes: sent) }
            if output.isEmpty { output.fill(from: bytes[sent...]) }
            switch easy.send(output.rest) {
            case .moved(let count):
                output.drop(count)
                sent += count
            case .mustWait:
                let wake = await wait(.writing, until: deadline)
                if wake != .ready { throw givenUp(wake, sentBytes: sent) }
            case .failed(let detail):
                finish(.broken(detail))
            }
        }
    }

    /// The next bytes from the server, at least one.
    ///
    /// - Throws: `.timeout`, `.cancelled`, or `.closed` once the server hung up and all it had said was read.
    public func read(deadline: ContinuousClock.Instant) async throws(TransferFailure) -> [UInt8] {
        precondition(!waits.isReading, "one read at a time")
        while input.isEmpty {
            guard end == nil else { throw closed(sentBytes: 0) }
            let wake = await wait(.reading, until: deadline)
            if wake != .ready { throw failure(wake, sentBytes: 0) }
        }
        let bytes = input
        input = []
        if isInputFull { resumeInput() }
        return bytes
    }

    /// Closes the connection without a word to the server; safe to call again. A pending `read` or `write` fails.
    public func close() {
        finish(.byUs)
    }

    // MARK: The connection

    private func readable() {
        receive()
        if !input.isEmpty { waits.end(.reading, .ready) }
    }

    private func writable() {
        source?.watchWriting(false)
        waits.end(.writing, .ready)
    }

    /// Takes what is there: over TLS until there is nothing more, for no descriptor tells of bytes in the TLS layer.
    private func receive() {
        while end == nil {
            guard input.count < Self.inputLimit else {
                isInputFull = true
                source?.watchReading(false)
                return
            }
            switch easy.receive(into: multi.scratch) {
            case .moved(0):
                finish(.byServer)
            case .moved(let count):
                input.append(contentsOf: multi.scratch[..<count])
                if !isEncrypted, count < multi.scratch.count { return }
            case .mustWait:
                return
            case .failed(let detail):
                finish(.broken(detail))
            }
        }
    }

    private func resumeInput() {
        isInputFull = false
        source?.watchReading(true)
        receive()
    }

    private func finish(_ end: End) {
        guard self.end == nil else { return }
        self.end = end
        source?.cancel()
        source = nil
        timer.cancel()
        multi.endSession(easy)
        waits.endAll(.ready)
    }

    // MARK: Waiting

    private func wait(
        _ direction: SessionWaits.Direction,
        until deadline: ContinuousClock.Instant
    ) async -> SessionWaits.Wake {
        let id = waits.makeID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A task that does not prefer the reactor may have let others in on its way here: look again.
                if end != nil || (direction == .reading && !input.isEmpty) {
                    return continuation.resume(returning: .ready)
                }
                guard !Task.isCancelled else { return continuation.resume(returning: .cancelled) }
                guard deadline > .now else { return continuation.resume(returning: .deadline) }
                waits.begin(direction, id: id, deadline: deadline, continuation: continuation)
                timer.move(to: waits.earliestDeadline, arm: arm)
                if direction == .writing { source?.watchWriting(true) }
            }
        } onCancel: {
            reactor.queue.async { [weak self] in self?.assumeIsolated { $0.waits.end(id: id, .cancelled) } }
        }
    }

    private func arm(_ delay: Duration) -> ReactorTimer {
        reactor.schedule(after: delay) { [weak self] in self?.assumeIsolated { $0.timerFired() } }
    }

    private func timerFired() {
        guard timer.fired(arm: arm) else { return }
        waits.endAll(dueAt: .now)
        timer.move(to: waits.earliestDeadline, arm: arm)
    }

    // MARK: Failures

    /// Part of a write may be out, so the session is of no more use.
    private func givenUp(_ wake: SessionWaits.Wake, sentBytes: Int) -> TransferFailure {
        finish(.byUs)
        return failure(wake, sentBytes: sentBytes)
    }

    private func failure(_ wake: SessionWaits.Wake, sentBytes: Int) -> TransferFailure {
        switch wake {
        case .cancelled: TransferFailure(kind: .cancelled, detail: "cancelled", sentBytes: sentBytes)
        case .deadline:
            TransferFailure(kind: .timeout, detail: "the server did not go on in time", sentBytes: sentBytes)
        case .ready: closed(sentBytes: sentBytes)
        }
    }

    private func closed(sentBytes: Int) -> TransferFailure {
        let detail =
            switch end {
            case .broken(let detail): detail
            case .byUs: "the session was closed"
            case .byServer, nil: "the server closed the connection"
            }
        return TransferFailure(kind: .closed, detail: detail, sentBytes: sentBytes)
    }
}

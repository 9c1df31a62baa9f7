import CurlShim
import Dispatch
import Reactor

/// libcurl's multi handle on the reactor: its sockets are descriptor sources, its time-out is a reactor timer.
///
/// Sendable without the compiler's proof: every method traps off the reactor's serial queue, so no two threads are ever
/// in it, and the last reference goes away when nobody else is.
final class CurlMulti: @unchecked Sendable {
    /// How a started handle came to its end.
    enum Ending: Sendable {
        case finished(CURLcode)
        /// By `abort`; the handle is out of the multi handle.
        case aborted
    }

    /// How often due time-outs are served in one turn before sockets get theirs.
    private static let timeoutRounds = 32
    private static let scratchSize = 65_536

    let reactor: Reactor
    /// For reads and writes that end within one turn of the reactor.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: scratchSize, alignment: 16)
    private let raw: UnsafeMutableRawPointer
    private var running: [ObjectIdentifier: (easy: EasyHandle, onEnd: (Ending) -> Void)] = [:]
    /// Handles whose connection lives on as a session, and what to do when the engine shuts down.
    private var sessions: [ObjectIdentifier: (easy: EasyHandle, onShutdown: () -> Void)] = [:]
    private var watches: [Int32: DescriptorSource] = [:]
    private var timer = DeadlineTimer()
    private var isTimeoutDue = false
    private var isServing = false
    private(set) var isShutDown = false

    /// - Parameter maximumConnections: connections at most, kept ones included; further transfers wait for one.
    /// - Throws: `.configuration` when libcurl cannot be set up.
    init(reactor: Reactor, maximumConnections: Int) throws(TransferFailure) {
        let global = curl_shim_global_init()
        guard global == CURLE_OK, let raw = curl_multi_init() else {
            throw TransferFailure(
                kind: .configuration,
                detail: "libcurl cannot start: \(String(cString: curl_easy_strerror(global)))"
            )
        }
        self.reactor = reactor
        self.raw = raw
        // Left alone, libcurl keeps four connections for each running transfer and closes the rest when those end.
        curl_shim_multi_set_long(raw, CURLMOPT_MAXCONNECTS, maximumConnections)
        curl_shim_multi_set_long(raw, CURLMOPT_MAX_TOTAL_CONNECTIONS, maximumConnections)
        curl_shim_multi_set_callbacks(
            raw,
            { _, socket, what, context, _ in
                CurlMulti.from(context)?.watch(socket, what: what)
                return 0
            },
            { _, milliseconds, context in
                CurlMulti.from(context)?.timeOut(after: milliseconds)
                return 0
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    deinit {
        // The callbacks must not take a reference to what is going away.
        curl_shim_multi_set_callbacks(raw, nil, nil, nil)
        timer.cancel()
        curl_multi_cleanup(raw)
        scratch.deallocate()
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlMulti? {
        context.map { Unmanaged<CurlMulti>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: Transfers

    /// Starts a transfer; `onEnd` is called once, on the reactor, later than this call.
    func start(_ easy: EasyHandle, onEnd: @escaping (Ending) -> Void) {
        reactor.preconditionIsolated()
        guard !isShutDown else { return onEnd(.aborted) }
        let code = curl_multi_add_handle(raw, easy.raw)
        guard code == CURLM_OK else { return onEnd(.finished(CURLE_FAILED_INIT)) }
        running[ObjectIdentifier(easy)] = (easy, onEnd)
        serve()
    }

    /// Ends a running transfer at once; does nothing to one that ended before.
    func abort(_ easy: EasyHandle) {
        reactor.preconditionIsolated()
        guard let entry = running.removeValue(forKey: ObjectIdentifier(easy)) else { return }
        curl_multi_remove_handle(raw, easy.raw)
        entry.onEnd(.aborted)
        serve()
    }

    /// Aborts every transfer and ends every session; what is started later is aborted at once.
    func shutdown() {
        reactor.preconditionIsolated()
        isShutDown = true
        for (easy, _) in running.values { abort(easy) }
        for (_, onShutdown) in sessions.values { onShutdown() }
    }

    // MARK: Sessions (CURLOPT_CONNECT_ONLY)

    /// Keeps a finished connect-only handle, and so its connection, until `endSession`.
    func keepSession(_ easy: EasyHandle, onShutdown: @escaping () -> Void) {
        reactor.preconditionIsolated()
        sessions[ObjectIdentifier(easy)] = (easy, onShutdown)
    }

    /// Closes a connect-only handle's connection without a word to the server.
    func endSession(_ easy: EasyHandle) {
        reactor.preconditionIsolated()
        sessions.removeValue(forKey: ObjectIdentifier(easy))
        curl_multi_remove_handle(raw, easy.raw)
        serve()
    }

    // MARK: What libcurl asks for; called from within its functions, so these must not call it.

    private func watch(_ socket: Int32, what: Int32) {
        guard what != CURL_POLL_REMOVE else {
            watches.removeValue(forKey: socket)?.cancel()
            return
        }
        guard let source = watches[socket] ?? makeWatch(socket) else { return }
        source.watchReading(what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        source.watchWriting(what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
    }

    /// Without a descriptor to spare there is no watch, and the transfer ends by its time-out.
    private func makeWatch(_ socket: Int32) -> DescriptorSource? {
        let source = DescriptorSource(
            descriptor: socket,
            reactor: reactor,
            onReadable: { [weak self] in self?.ready(socket, CURL_CSELECT_IN) },
            onWritable: { [weak self] in self?.ready(socket, CURL_CSELECT_OUT) }
        )
        watches[socket] = source
        return source
    }

    private func timeOut(after milliseconds: Int) {
        isTimeoutDue = milliseconds == 0
        let deadline = milliseconds > 0 ? ContinuousClock.now + .milliseconds(milliseconds) : nil
        timer.move(to: deadline, arm: arm)
    }

    private func arm(_ delay: Duration) -> ReactorTimer {
        reactor.schedule(after: delay) { [weak self] in self?.timerFired() }
    }

    // MARK: What wakes us

    private func ready(_ socket: Int32, _ events: Int32) {
        reactor.preconditionIsolated()
        act(socket, events)
        serve()
    }

    private func timerFired() {
        reactor.preconditionIsolated()
        guard timer.fired(arm: arm) else { return }
        isTimeoutDue = true
        serve()
    }

    private func act(_ socket: Int32, _ events: Int32) {
        var stillRunning: Int32 = 0
        curl_multi_socket_action(raw, socket, events, &stillRunning)
    }

    /// Serves what is due now and hands out what finished, until nothing is left or others must have their turn.
    private func serve() {
        guard !isServing else { return }
        isServing = true
        defer { isServing = false }
        var rounds = 0
        repeat {
            rounds += 1
            if isTimeoutDue {
                isTimeoutDue = false
                act(CURL_SOCKET_TIMEOUT, 0)
            }
            handOutFinished()
        } while isTimeoutDue && rounds < Self.timeoutRounds
        if isTimeoutDue {
            reactor.queue.async { self.serve() }
        }
    }

    private func handOutFinished() {
        var code = CURLE_OK
        while let done = curl_shim_multi_next_done(raw, &code) {
            guard let context = curl_shim_get_private(done) else { continue }
            let easy = Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
            guard let entry = running.removeValue(forKey: ObjectIdentifier(easy)) else { continue }
            if code != CURLE_OK || !easy.isConnectOnly { curl_multi_remove_handle(raw, done) }
            entry.onEnd(.finished(code))
        }
    }
}

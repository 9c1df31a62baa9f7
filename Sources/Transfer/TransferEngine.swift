import Dispatch
import Reactor

/// HTTP transfers and SMTP sessions as `async` calls, all on one libcurl multi handle on the reactor.
///
/// Connections are kept and used again by libcurl (HTTP) or by the holder of the session (SMTP). Proxies named in the
/// environment are not used. Nothing is ever sent twice: a request whose kept connection broke fails with what is known.
public actor TransferEngine {
    public nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    private let reactor: Reactor
    private let multi: CurlMulti
    private let userAgent: String

    /// - Parameters:
    ///   - userAgent: sent with every HTTP request.
    ///   - maximumConnections: open at the same time, kept ones and sessions included; what is over waits, within its
    ///     own timeout.
    /// - Throws: `.configuration` when libcurl cannot be set up.
    public init(reactor: Reactor, userAgent: String, maximumConnections: Int = 1024) throws(TransferFailure) {
        self.reactor = reactor
        self.userAgent = userAgent
        multi = try CurlMulti(reactor: reactor, maximumConnections: maximumConnections)
    }

    /// Sends one request and waits for the whole answer, of whatever status.
    ///
    /// Cancelling the task ends the transfer at once: `.cancelled` before the first body byte, `.noAnswer` after it.
    ///
    /// - Parameter onBodyOut: called once, on the reactor, when the kernel has taken the last byte of a request that has a
    ///   body, and before this returns. It must neither block nor call libcurl.
    public func http(
        _ request: HTTPRequest,
        onBodyOut: (@Sendable () -> Void)? = nil
    ) async throws(TransferFailure) -> HTTPResponse {
        let transfer = try HTTPTransfer(request, userAgent: userAgent, onBodyOut: onBodyOut)
        let ending = await run(transfer.easy)
        return try withExtendedLifetime(transfer) { () throws(TransferFailure) in try transfer.result(of: ending) }
    }

    /// Opens an SMTP session: greeted, secured and logged in.
    ///
    /// - Throws: with the server's last reply in `smtpReply`, where there was one.
    public func openMailSession(_ request: MailSessionRequest) async throws(TransferFailure) -> MailSession {
        let opening = try MailSessionOpening(request, userAgent: userAgent)
        let ending = await run(opening.easy)
        opening.detach()
        do {
            try opening.check(ending)
            let session = try MailSession(opening, multi: multi)
            await session.begin()
            return session
        } catch {
            multi.endSession(opening.easy)
            throw error
        }
    }

    /// Ends every transfer and session at once; what is called later fails with `.cancelled`.
    public func shutdown() {
        multi.shutdown()
    }

    private func run(_ easy: EasyHandle) async -> CurlMulti.Ending {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: .aborted) }
                // `self` is what makes these closures the actor's own; without it they would run on any thread.
                self.multi.start(easy) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            reactor.queue.async { self.multi.abort(easy) }
        }
    }
}

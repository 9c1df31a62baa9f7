import DomainEvents
import Pipeline
import Reactor
import Transfer

/// Sends email over a pool of SMTP sessions to one server.
///
/// Everything runs on the reactor: the pool's decisions are `SessionPool`'s, the dialogue's `SMTPTransaction`'s, and the
/// meaning of answers `SMTPClassification`'s; here they meet sockets and clock.
public actor SMTPSender: Sender {
    public nonisolated let name: String
    public nonisolated let channel = Channel.email
    public nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    let configuration: SMTPSenderConfiguration
    let engine: TransferEngine
    let reactor: Reactor
    let clock = ContinuousClock()

    var pool: SessionPool
    /// Idle and busy ones; one that is being opened has no entry yet.
    var sessions: [SessionPool.SessionID: MailSession] = [:]
    var waiters: [SessionPool.WaiterID: Waiter] = [:]
    /// Decisions about waiters that are not suspended yet.
    var early: [SessionPool.WaiterID: SessionPool.Grant?] = [:]
    var lastWaiter: UInt64 = 0
    var expiryTimer: ReactorTimer?
    var isShutDown = false
    private let limiter: RateLimiter

    /// Who waits in the pool's line.
    struct Waiter {
        let continuation: CheckedContinuation<SessionPool.Grant?, Never>
        let timer: ReactorTimer
    }

    public init(configuration: SMTPSenderConfiguration, engine: TransferEngine, reactor: Reactor) {
        self.configuration = configuration
        self.engine = engine
        self.reactor = reactor
        name = configuration.name
        pool = SessionPool(limits: configuration.poolLimits)
        limiter = RateLimiter(provider: configuration.name, rate: configuration.rate, reactor: reactor)
    }

    /// Takes effect with the next message. nil: no limit.
    public func setRate(_ messagesPerSecond: Double?) async {
        await limiter.setRate(messagesPerSecond)
    }

    public func send(
        _ notification: OutgoingNotification,
        _ steps: SendSteps
    ) async -> SendReport {
        let start = clock.now
        var trace = Trace()
        // As it is configured, also where the session is not to be had: the name is what an operator knows.
        let server = URLHost.split(configuration.server.url)
        let result = await attempt(
            notification,
            waitingUntil: start.advanced(by: configuration.longestWait),
            deadline: start.advanced(by: configuration.sendTimeout),
            &trace,
            steps
        )
        trace.timings.total = start.duration(to: clock.now)
        return SendReport(
            result: result.verdict,
            standing: result.standing,
            provider: name,
            timings: trace.timings,
            serverAddress: server.host,
            serverPort: server.port,
            smtpStatus: trace.smtpStatus
        )
    }

    /// What an attempt leaves for its report.
    private struct Trace {
        var timings = TransferTimings.zero
        var smtpStatus: Int?
    }

    private func attempt(
        _ notification: OutgoingNotification,
        waitingUntil turn: ContinuousClock.Instant,
        deadline: ContinuousClock.Instant,
        _ trace: inout Trace,
        _ steps: SendSteps
    ) async -> Judgement {
        let mail: Mail
        switch Mail.make(notification, configuration) {
        case .success(let made): mail = made
        // Nobody was asked, so this says nothing about the provider.
        case .failure(let impossible): return Judgement(.permanent(impossible.code, impossible.detail), .unknown)
        }
        if let verdict = await limiter.wait(until: turn, orThrottleAs: .smtpTimeout) { return Judgement(verdict) }
        guard await steps.begin() else { return Judgement(.abandoned) }
        var demand = SessionPool.Demand.any
        var isReturning = false
        while true {
            guard let grant = await acquire(demand, isReturning: isReturning, deadline: turn) else {
                if Task.isCancelled || isShutDown { return Judgement(.abandoned) }
                return Judgement(.throttled(.smtpTimeout, "no SMTP session became free within half of send.timeout"))
            }
            isReturning = true
            switch grant {
            case .kept(let id):
                guard let session = sessions[id], await session.isReusable else {
                    close(id)
                    continue
                }
                let end = await exchange(mail, on: session, deadline: deadline, onLastByte: steps.lastByteIsOut)
                guard !end.isIdleClose else {
                    close(id)
                    demand = .fresh
                    continue
                }
                return settle(end, mail, id, session, isExtraSession: false, &trace)
            case .open(let id):
                switch await open(id, mail, deadline, &trace) {
                case .success(let session):
                    let end = await exchange(mail, on: session, deadline: deadline, onLastByte: steps.lastByteIsOut)
                    let result = settle(end, mail, id, session, isExtraSession: pool.hasOthers(than: id), &trace)
                    guard case .throttled = result.verdict else { return result }
                case .failure(let failure):
                    guard case .throttled = failure.result.verdict else { return failure.result }
                }
                // The server wants fewer sessions: wait for one that it has accepted already.
                demand = .any
            }
        }
    }

    private struct OpeningFailure: Error {
        let result: Judgement
    }

    private func open(
        _ id: SessionPool.SessionID,
        _ mail: Mail,
        _ deadline: ContinuousClock.Instant,
        _ trace: inout Trace
    ) async -> Result<MailSession, OpeningFailure> {
        var request = configuration.server
        request.connectTimeout = max(clock.now.duration(to: deadline), .zero)
        do {
            let session = try await engine.openMailSession(request)
            sessions[id] = session
            pool.opened(id)
            trace.timings = session.timings
            return .success(session)
        } catch {
            let result = SMTPClassification.result(
                opening: error,
                isExtraSession: pool.hasOthers(than: id),
                hiding: mail.secrets
            )
            trace.timings = error.timings
            trace.smtpStatus = error.smtpReply?.code
            let wasRefused = if case .throttled = result.verdict { true } else { false }
            if !pool.hasOthers(than: id) { pool.failedAlone() }
            apply(pool.discard(id, wasRefused: wasRefused, now: clock.now))
            return .failure(OpeningFailure(result: result))
        }
    }

    /// Hands the session back to the pool, or closes it, and says what the exchange came to.
    private func settle(
        _ end: ExchangeEnd,
        _ mail: Mail,
        _ id: SessionPool.SessionID,
        _ session: MailSession,
        isExtraSession: Bool,
        _ trace: inout Trace
    ) -> Judgement {
        let result: Judgement
        switch end.outcome {
        case .transaction(.accepted(let reply)):
            trace.smtpStatus = reply.code
            result = SMTPClassification.result(step: .content, reply: reply)
        case .transaction(.rejected(let step, let reply)):
            trace.smtpStatus = reply.code
            result = SMTPClassification.result(
                step: step,
                reply: reply,
                isExtraSession: isExtraSession,
                hiding: mail.secrets
            )
        case .transaction(.interrupted(let interruption, let progress)):
            result = SMTPClassification.result(interruption, progress)
        case .needsUTF8:
            let detail = "the address needs SMTPUTF8, which the server does not offer"
            // What it offered when the session was opened, however long ago.
            result = Judgement(.permanent(.smtpUTF8, detail), .unknown)
        }
        if case .throttled = result.verdict {
            closeSocket(id)
            apply(pool.discard(id, wasRefused: true, now: clock.now))
        } else if end.keepSession {
            apply(pool.release(id, now: clock.now))
            scheduleExpiry()
        } else {
            close(id)
        }
        return result
    }
}

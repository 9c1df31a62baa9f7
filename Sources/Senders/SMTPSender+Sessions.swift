import DomainEvents
import Pipeline
import Reactor
import Transfer

extension SMTPSender {
    /// - Returns: nil when the task was cancelled, the time is up, the line is full, or the sender was shut down.
    func acquire(
        _ demand: SessionPool.Demand,
        isReturning: Bool,
        deadline: ContinuousClock.Instant
    ) async -> SessionPool.Grant? {
        let now = clock.now
        guard !Task.isCancelled, now < deadline else { return nil }
        lastWaiter += 1
        let id = SessionPool.WaiterID(number: lastWaiter)
        var decisions = pool.acquire(id, demand, isReturning: isReturning, now: now)
        // Most find a session at once and need not be suspended.
        if let index = decisions.firstIndex(where: { $0.waiter == id }) {
            let own = decisions.remove(at: index)
            apply(decisions)
            guard case .grant(_, let grant) = own else { return nil }
            return grant
        }
        apply(decisions)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // The decision may have fallen while this task was on its way here.
                if let decided = early.removeValue(forKey: id) { return continuation.resume(returning: decided) }
                let timer = reactor.schedule(after: now.duration(to: deadline)) { [weak self] in
                    self?.assumeIsolated { $0.giveUp(id) }
                }
                waiters[id] = Waiter(continuation: continuation, timer: timer)
                // Cancelled before this line: the handler found nobody to wake.
                if Task.isCancelled { giveUp(id) }
            }
        } onCancel: {
            reactor.task { await self.giveUp(id) }
        }
    }

    private func giveUp(_ id: SessionPool.WaiterID) {
        guard let waiter = waiters.removeValue(forKey: id) else { return }
        pool.withdraw(id)
        waiter.timer.cancel()
        waiter.continuation.resume(returning: nil)
    }

    func apply(_ decisions: [SessionPool.Decision]) {
        for decision in decisions {
            switch decision {
            case .grant(let id, let grant): wake(id, grant)
            case .turnAway(let id): wake(id, nil)
            case .close(let id):
                guard let session = sessions.removeValue(forKey: id) else { continue }
                reactor.task { await Self.quit(session) }
            }
        }
    }

    private func wake(_ id: SessionPool.WaiterID, _ grant: SessionPool.Grant?) {
        guard let waiter = waiters.removeValue(forKey: id) else {
            early[id] = .some(grant)
            return
        }
        waiter.timer.cancel()
        waiter.continuation.resume(returning: grant)
    }

    /// Closes a session that is of no use any more; whoever waits may open another.
    func close(_ id: SessionPool.SessionID) {
        closeSocket(id)
        apply(pool.discard(id, now: clock.now))
    }

    func closeSocket(_ id: SessionPool.SessionID) {
        guard let session = sessions.removeValue(forKey: id) else { return }
        reactor.task { await session.close() }
    }

    func scheduleExpiry() {
        guard expiryTimer == nil, let due = pool.nextExpiry else { return }
        expiryTimer = reactor.schedule(after: clock.now.duration(to: due)) { [weak self] in
            self?.assumeIsolated { $0.expire() }
        }
    }

    private func expire() {
        expiryTimer = nil
        apply(pool.expire(now: clock.now))
        scheduleExpiry()
    }

    /// Takes leave as RFC 5321 §4.1.1.10 asks, but waits no longer than a second for the answer.
    static func quit(_ session: MailSession) async {
        let deadline = ContinuousClock.now.advanced(by: .seconds(1))
        do {
            try await session.write(Array("QUIT\r\n".utf8), deadline: deadline)
            _ = try await session.read(deadline: deadline)
        } catch {
            // The server was quicker, or does not care: either way the session ends here.
        }
        await session.close()
    }

    public func shutdown() async {
        isShutDown = true
        expiryTimer?.cancel()
        expiryTimer = nil
        let decisions = pool.shutDown()
        var leaving: [Task<Void, Never>] = []
        for decision in decisions {
            guard case .close(let id) = decision, let session = sessions.removeValue(forKey: id) else { continue }
            leaving.append(reactor.task { await Self.quit(session) })
        }
        apply(decisions)
        for task in leaving { await task.value }
    }

    /// Opens a session beside the pool (look-up, TLS and login included), and closes it again; no mail is begun.
    public func probe() async -> ProbeResult {
        var request = configuration.server
        request.connectTimeout = configuration.sendTimeout
        do {
            let session = try await engine.openMailSession(request)
            let end = "\(session.remoteAddress):\(session.remotePort)"
            let security = session.isEncrypted ? "TLS" : "plain text"
            let login = request.username == nil ? "no login" : "logged in"
            await Self.quit(session)
            return .healthy("\(end), \(security), \(login)")
        } catch {
            let login = [request.username, request.password].compactMap(\.self)
            switch SMTPClassification.result(opening: error, isExtraSession: false, hiding: login).verdict {
            case .refused(let code, let detail), .permanent(let code, let detail), .stopped(let code, let detail):
                return .refused(code, detail)
            case .transient(let code, let detail, _), .uncertain(let code, let detail),
                .throttled(let code, let detail):
                return error.kind == .tls ? .refused(code, detail) : .unreachable(code, detail)
            case .accepted, .abandoned:
                return .unreachable(.smtpConnect, "given up before the server answered")
            }
        }
    }
}

extension SessionPool.Decision {
    fileprivate var waiter: SessionPool.WaiterID? {
        switch self {
        case .grant(let id, _), .turnAway(let id): id
        case .close: nil
        }
    }
}

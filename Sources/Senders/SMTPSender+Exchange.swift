import Pipeline
import Transfer

extension SMTPSender {
    /// How a transaction on one session ended, and whether the session may serve again.
    struct ExchangeEnd {
        enum Outcome: Equatable {
            case transaction(SMTPTransaction.Outcome)
            /// Nothing was written: the server cannot take the address.
            case needsUTF8
        }

        let outcome: Outcome
        let keepSession: Bool

        /// What a session looks like that the server closed while it was idle: gone before the first answer, or 421 in
        /// place of it. On a kept session this is no attempt.
        var isIdleClose: Bool {
            switch outcome {
            case .transaction(.interrupted(.closed, .unanswered)): true
            case .transaction(.rejected(.mail, let reply)): reply.code == 421
            case .transaction, .needsUTF8: false
            }
        }
    }

    /// Drives one transaction: writes, reads, and tells it when the last byte is out.
    func exchange(
        _ mail: Mail,
        on session: MailSession,
        deadline: ContinuousClock.Instant,
        onLastByte: @Sendable () -> Void
    ) async -> ExchangeEnd {
        let capabilities = SMTPCapabilities(keywords: session.capabilities)
        guard !mail.envelope.needsUTF8 || capabilities.smtpUTF8 else {
            return ExchangeEnd(outcome: .needsUTF8, keepSession: true)
        }
        var transaction = SMTPTransaction(envelope: mail.envelope, content: mail.content, capabilities: capabilities)
        var deadline = deadline
        var action = transaction.start()
        while true {
            do {
                switch action {
                case .write(let bytes):
                    try await session.write(bytes, deadline: deadline)
                    action = .read
                case .writeContent(let bytes):
                    try await session.write(bytes, deadline: deadline)
                    deadline = clock.now.advanced(by: configuration.answerTimeout)
                    onLastByte()
                    action = transaction.contentIsOut()
                case .read:
                    action = transaction.received(try await session.read(deadline: deadline))
                case .finish(let outcome, let keepSession):
                    return ExchangeEnd(outcome: .transaction(outcome), keepSession: keepSession)
                }
            } catch {
                // Interrupted with nothing left to write: the last byte is out all the same.
                if case .writeContent(let bytes) = action, error.sentBytes >= bytes.count {
                    onLastByte()
                    _ = transaction.contentIsOut()
                }
                action = await lastWord(&transaction, on: session, after: error, deadline: deadline)
            }
        }
    }

    /// A server that hangs up on us often said why before: what it said decides, where it is all there.
    private func lastWord(
        _ transaction: inout SMTPTransaction,
        on session: MailSession,
        after failure: TransferFailure,
        deadline: ContinuousClock.Instant
    ) async -> SMTPTransaction.Action {
        if failure.kind == .closed, let bytes = try? await session.read(deadline: deadline) {
            let action = transaction.received(bytes)
            if case .finish(let outcome, _) = action { return .finish(outcome, keepSession: false) }
        }
        return transaction.interrupted(SMTPTransaction.Interruption(failure))
    }
}

extension SMTPTransaction.Interruption {
    init(_ failure: TransferFailure) {
        switch failure.kind {
        case .timeout: self = .timedOut
        case .cancelled: self = .cancelled
        case .badAnswer: self = .unreadable("not a reply")
        case .dns, .connect, .tls, .login, .refused, .noAnswer, .closed, .configuration: self = .closed
        }
    }
}

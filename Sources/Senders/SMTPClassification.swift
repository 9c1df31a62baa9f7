import DomainEvents
import Pipeline
import Transfer

/// The one table that says what an SMTP server's answer means for a message: step × reply (RFC 5321 §4.2.1, RFC 3463).
///
/// | step | 2yz | 421, 4.3.2 | other 4yz | 5yz |
/// |---|---|---|---|---|
/// | connection to AUTH | – | throttled¹ or transient | transient | refused |
/// | MAIL | – | throttled¹ or transient | transient | refused; permanent: 552, 555, 5.3.4, 5.6.7 |
/// | RCPT, DATA | – | transient | transient | permanent |
/// | message | accepted | transient | transient | permanent |
///
/// ¹ on a session that was just opened beside others: the server wants fewer of them, the message is not concerned.
///
/// A 4yz is the provider's failure, but for one at RCPT, which is about the recipient (greylisting, a full mailbox), unless
/// it is 421 or 4.3.z: about the mail system (RFC 3463 §3.4). A 5yz that is permanent is an answer of a provider that works.
public enum SMTPClassification {
    /// - Parameters:
    ///   - isExtraSession: the session is new, and at least one other is open or being opened.
    ///   - secrets: what the quoted text must not show.
    public static func result(
        step: SMTPStep,
        reply: SMTPReply,
        isExtraSession: Bool = false,
        hiding secrets: [String] = []
    ) -> Judgement {
        if reply.severity == .completed, step == .content {
            return Judgement(.accepted(providerMessageID: SMTPMessageID.find(in: reply)))
        }
        let code = ErrorCode.smtp(reply.code)
        let detail = detail(step: step, reply: reply, hiding: secrets)
        switch (reply.severity, step) {
        case (.completed, _), (.intermediate, _):
            // The transaction never reports these; a caller that did has seen no answer that fits.
            return Judgement(
                step == .content
                    ? .uncertain(.smtpNoAnswer, detail) : .transient(.smtpNoAnswer, detail, retryAfter: nil)
            )
        case (.transient, .greeting), (.transient, .hello), (.transient, .startTLS), (.transient, .login),
            (.transient, .mail):
            return Judgement(
                isExtraSession && wantsFewerSessions(reply)
                    ? .throttled(code, detail) : .transient(code, detail, retryAfter: nil)
            )
        case (.transient, .recipient):
            return Judgement(
                .transient(code, detail, retryAfter: nil),
                concernsMailSystem(reply) ? .failing : .working
            )
        case (.transient, .data), (.transient, .content):
            return Judgement(.transient(code, detail, retryAfter: nil))
        case (.permanent, .greeting), (.permanent, .hello), (.permanent, .startTLS), (.permanent, .login):
            return Judgement(.refused(code, detail))
        case (.permanent, .mail):
            return Judgement(concernsMessage(reply) ? .permanent(code, detail) : .refused(code, detail))
        case (.permanent, .recipient), (.permanent, .data), (.permanent, .content):
            return Judgement(.permanent(code, detail))
        }
    }

    static func wantsFewerSessions(_ reply: SMTPReply) -> Bool {
        reply.code == 421 || reply.enhancedStatus == SMTPReply.EnhancedStatus(4, 3, 2)
    }

    /// Refused at MAIL for its size or its address, not for who we are: too large (552, x.3.4), a parameter the
    /// server does not know (555), non-ASCII address (x.6.7).
    private static func concernsMessage(_ reply: SMTPReply) -> Bool {
        if reply.code == 552 || reply.code == 555 { return true }
        guard let status = reply.enhancedStatus else { return false }
        return (status.subject, status.detail) == (3, 4) || (status.subject, status.detail) == (6, 7)
    }

    private static func concernsMailSystem(_ reply: SMTPReply) -> Bool {
        reply.code == 421 || reply.enhancedStatus?.subject == 3
    }

    private static func detail(step: SMTPStep, reply: SMTPReply, hiding secrets: [String]) -> String {
        let text = ServerText.line(reply.text, hiding: secrets)
        return "\(step.command) answered with \(reply.code)" + (text.isEmpty ? "" : ": \(text)")
    }

    /// What a transaction that got no usable answer comes to.
    static func result(
        _ interruption: SMTPTransaction.Interruption,
        _ progress: SMTPTransaction.Progress
    ) -> Judgement {
        Judgement(verdict(interruption, progress))
    }

    private static func verdict(
        _ interruption: SMTPTransaction.Interruption,
        _ progress: SMTPTransaction.Progress
    ) -> DeliveryVerdict {
        let isUncertain = progress == .afterLastByte
        switch interruption {
        case .closed where isUncertain:
            return .uncertain(.smtpNoAnswer, "the connection was lost before the answer to the message")
        case .closed:
            return .transient(.smtpConnect, "the connection was lost before the message was out", retryAfter: nil)
        case .timedOut where isUncertain:
            return .uncertain(.smtpNoAnswer, "no answer to the message within smtp.answerTimeout")
        case .timedOut:
            return .transient(.smtpTimeout, "the message was not out within send.timeout", retryAfter: nil)
        case .cancelled where isUncertain:
            return .uncertain(.smtpNoAnswer, "stopped while waiting for the answer to the message")
        case .cancelled:
            return .abandoned
        case .unreadable(let reason) where isUncertain:
            return .uncertain(.smtpNoAnswer, "unreadable answer to the message: \(reason)")
        case .unreadable(let reason):
            return .transient(.smtpNoAnswer, "unreadable answer: \(reason)", retryAfter: nil)
        }
    }

    /// What a session that could not be opened means for the message that wanted it.
    static func result(
        opening failure: TransferFailure,
        isExtraSession: Bool,
        hiding secrets: [String]
    ) -> Judgement {
        if let reply = failure.smtpReply, (400...599).contains(reply.code), failure.kind != .cancelled {
            let step = failure.kind == .login ? SMTPStep.login : .greeting
            return result(
                step: step,
                reply: SMTPReply(code: reply.code, lines: [reply.text]),
                isExtraSession: isExtraSession,
                hiding: secrets
            )
        }
        let detail = ServerText.line(failure.detail, hiding: secrets)
        return switch failure.kind {
        case .dns: Judgement(.transient(.dnsFailed, detail, retryAfter: nil))
        case .connect, .closed: Judgement(.transient(.smtpConnect, detail, retryAfter: nil))
        // A certificate, or TLS not offered where it is required: no other message would fare better, nor a later attempt.
        case .tls: Judgement(.refused(.smtpTLS, detail))
        case .timeout: Judgement(.transient(.smtpTimeout, detail, retryAfter: nil))
        case .noAnswer, .badAnswer: Judgement(.transient(.smtpNoAnswer, detail, retryAfter: nil))
        case .login, .refused, .configuration: Judgement(.refused(.smtpConnect, detail))
        case .cancelled: Judgement(.abandoned)
        }
    }
}

import DomainEvents
import Pipeline
import Transfer

/// The one table that says what Twilio's answer means for a message: HTTP status × Twilio's error code.
///
/// | answer | result |
/// |---|---|
/// | 2xx with a `sid` | accepted |
/// | 2xx without | uncertain: the request was taken, but nothing says that a message came of it |
/// | 503, 408, 425, 429 | transient, at `Retry-After` |
/// | 500, 502, 504, … | uncertain: the message may have been created before the server failed |
/// | code 21610, any other 4xx | stopped: the recipient wrote STOP |
/// | 401, 402, 403, 404, 407, 1xx, 3xx, or a code that concerns account or sender | refused |
/// | other 4xx | permanent |
///
/// Transient is the provider's failure, refused its refusal of us, uncertain says nothing about it; any other answer comes
/// of a provider that works.
///
/// The error code is `twilio.N` where the answer has one, else `http.NNN`; always `http.NNN` for what is uncertain.
public enum TwilioClassification {
    /// Codes of a plain 400 that are about our account, `From` or messaging service, so would meet every message
    /// (Twilio's error dictionary): login, account inactive, access denied; `From` invalid, missing, not ours, not able
    /// to send SMS; messaging service missing or without senders.
    static let ourTrouble: Set<Int> = [
        20003, 20005, 20006, 21212, 21603, 21606, 21659, 21660, 21661, 21701, 21703, 21704,
    ]

    static let stopped = 21610

    /// - Parameter secrets: what the quoted text must not show.
    public static func result(
        status: Int,
        answer: TwilioAnswer,
        retryAfter: Duration? = nil,
        hiding secrets: [String] = []
    ) -> Judgement {
        Judgement(verdict(status: status, answer: answer, retryAfter: retryAfter, hiding: secrets))
    }

    private static func verdict(
        status: Int,
        answer: TwilioAnswer,
        retryAfter: Duration?,
        hiding secrets: [String]
    ) -> DeliveryVerdict {
        let http = ErrorCode.http(status)
        let code = answer.code.map(ErrorCode.twilio) ?? http
        let detail = detail(status: status, answer: answer, hiding: secrets)
        switch status {
        case 200...299:
            if let sid = answer.sid { return .accepted(providerMessageID: sid) }
            return .uncertain(http, "\(detail); no sid in the answer")
        case 408, 425, 429, 503:
            return .transient(code, detail, retryAfter: retryAfter)
        case 400...499:
            if answer.code == stopped { return .stopped(code, detail) }
            if [401, 402, 403, 404, 407].contains(status) { return .refused(code, detail) }
            if let number = answer.code, ourTrouble.contains(number) { return .refused(code, detail) }
            return .permanent(code, detail)
        case 100...199, 300...399:
            return .refused(http, detail)
        default:
            return .uncertain(http, detail)
        }
    }

    /// What a request that got no complete answer means.
    static func result(failure: TransferFailure, hiding secrets: [String] = []) -> Judgement {
        // The status is an answer, although the body broke off.
        if let status = failure.httpStatus { return result(status: status, answer: TwilioAnswer(), hiding: secrets) }
        return Judgement(verdict(failure, hiding: secrets))
    }

    private static func verdict(_ failure: TransferFailure, hiding secrets: [String]) -> DeliveryVerdict {
        let detail = ServerText.line(failure.detail, hiding: secrets)
        return switch failure.kind {
        case .noAnswer, .badAnswer: .uncertain(.httpNoAnswer, detail)
        case .timeout where failure.sentBodyBytes: .uncertain(.httpNoAnswer, detail)
        case .closed where failure.sentBodyBytes: .uncertain(.httpNoAnswer, detail)
        case .cancelled where failure.sentBodyBytes: .uncertain(.httpNoAnswer, detail)
        case .timeout: .transient(.httpTimeout, detail, retryAfter: nil)
        case .dns: .transient(.dnsFailed, detail, retryAfter: nil)
        case .connect, .closed: .transient(.httpConnect, detail, retryAfter: nil)
        case .cancelled: .abandoned
        case .tls, .login, .refused, .configuration: .refused(.httpConnect, detail)
        }
    }

    private static func detail(status: Int, answer: TwilioAnswer, hiding secrets: [String]) -> String {
        var detail = "Twilio answered with HTTP \(status)"
        if let code = answer.code { detail += ", code \(code)" }
        if let message = answer.message {
            let text = ServerText.line(message, hiding: secrets)
            if !text.isEmpty { detail += ": \(text)" }
        }
        return detail
    }
}

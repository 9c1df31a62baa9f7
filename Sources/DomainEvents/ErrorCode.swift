/// Why a notification did not simply end `sent`: the value of `error_code` in the audit log, spans, logs and metrics.
///
/// The set is open; a new code is documented when it is added.
public struct ErrorCode: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public var description: String { rawValue }
}

// MARK: What providers answer

extension ErrorCode {
    /// An SMTP reply code, `smtp.550`.
    public static func smtp(_ reply: Int) -> ErrorCode { ErrorCode(rawValue: "smtp.\(reply)") }
    /// An HTTP status, `http.503`.
    public static func http(_ status: Int) -> ErrorCode { ErrorCode(rawValue: "http.\(status)") }
    /// Twilio's own code, `twilio.21211`.
    public static func twilio(_ code: Int) -> ErrorCode { ErrorCode(rawValue: "twilio.\(code)") }

    public static let smtpConnect = ErrorCode(rawValue: "smtp.connect")
    public static let smtpTLS = ErrorCode(rawValue: "smtp.tls")
    public static let smtpTimeout = ErrorCode(rawValue: "smtp.timeout")
    public static let smtpNoAnswer = ErrorCode(rawValue: "smtp.no_answer")
    public static let smtpUTF8 = ErrorCode(rawValue: "smtp.utf8")
    public static let httpTimeout = ErrorCode(rawValue: "http.timeout")
    public static let httpNoAnswer = ErrorCode(rawValue: "http.no_answer")
    public static let dnsFailed = ErrorCode(rawValue: "dns.failed")
    public static let providerOpen = ErrorCode(rawValue: "provider.open")
    public static let providerBusy = ErrorCode(rawValue: "provider.busy")
}

// MARK: The recipient

extension ErrorCode {
    public static let contactUnknown = ErrorCode(rawValue: "contact.unknown")
    public static let contactOptedOut = ErrorCode(rawValue: "contact.opted_out")
    public static let contactStopped = ErrorCode(rawValue: "contact.stopped")
    public static let addressMissing = ErrorCode(rawValue: "address.missing")
    public static let addressInvalid = ErrorCode(rawValue: "address.invalid")
    public static let deliveryOnly = ErrorCode(rawValue: "delivery.only")
}

// MARK: The notification

extension ErrorCode {
    public static let typeUnknown = ErrorCode(rawValue: "type.unknown")
    public static let typeDisabled = ErrorCode(rawValue: "type.disabled")
    public static let eventExpired = ErrorCode(rawValue: "event.expired")
    public static let operatorPaused = ErrorCode(rawValue: "operator.paused")
    public static let templateVariable = ErrorCode(rawValue: "template.variable")
    public static let templateSegments = ErrorCode(rawValue: "template.segments")
    public static let templateSize = ErrorCode(rawValue: "template.size")
    public static let claimsExhausted = ErrorCode(rawValue: "claims.exhausted")
    public static let quarantineWaiting = ErrorCode(rawValue: "quarantine.waiting")
    public static let eventDuplicate = ErrorCode(rawValue: "event.duplicate")
    public static let contactApplied = ErrorCode(rawValue: "contact.applied")
    public static let deliveryLimit = ErrorCode(rawValue: "delivery.limit")
}

// MARK: The event itself (poison)

extension ErrorCode {
    public static let jsonInvalid = ErrorCode(rawValue: "json.invalid")
    public static let shapeInvalid = ErrorCode(rawValue: "shape.invalid")
    public static let moneyInvalid = ErrorCode(rawValue: "money.invalid")
    public static let bodyTooLarge = ErrorCode(rawValue: "body.too_large")
    public static let linkHost = ErrorCode(rawValue: "link.host")
    public static let identityConflict = ErrorCode(rawValue: "identity.conflict")
}

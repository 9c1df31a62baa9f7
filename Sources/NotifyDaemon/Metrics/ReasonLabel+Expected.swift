import DomainEvents
import NotificationLog
import Senders

/// The usual reasons, which are shown as 0 from the start: an alert cannot see a series' first increase from nothing.
extension ReasonLabel {
    static func retries(on channel: LogChannel) -> [ReasonLabel] {
        switch channel {
        case .channel(let channel):
            [.failover]
                + (failures(of: channel) + [.contactUnknown, .providerOpen, .providerBusy, .operatorPaused])
                .map(ReasonLabel.init)
        case .none:
            [.contactUnknown, .typeUnknown, .quarantineWaiting].map(ReasonLabel.init)
        }
    }

    static func deadLetters(on channel: LogChannel) -> [ReasonLabel] {
        switch channel {
        case .channel(let channel):
            (failures(of: channel) + content(of: channel) + [.contactUnknown, .addressMissing, .addressInvalid])
                .map(ReasonLabel.init)
        case .none:
            [
                .jsonInvalid, .shapeInvalid, .moneyInvalid, .bodyTooLarge, .linkHost, .identityConflict, .typeUnknown,
                .contactUnknown, .claimsExhausted, .deliveryLimit,
            ].map(ReasonLabel.init)
        }
    }

    /// Codes that stand for their class.
    private static func failures(of channel: Channel) -> [ErrorCode] {
        switch channel {
        case .email:
            [.smtp(400), .smtp(500), .smtpConnect, .smtpTLS, .smtpTimeout, .smtpNoAnswer, .dnsFailed]
        case .sms:
            [.http(400), .http(500), .twilio(1), .httpConnect, .httpTimeout, .httpNoAnswer, .dnsFailed]
        }
    }

    private static func content(of channel: Channel) -> [ErrorCode] {
        switch channel {
        case .email: [.templateVariable, .templateSize, .smtpUTF8]
        case .sms: [.templateVariable, .templateSize, .templateSegments]
        }
    }
}

import DomainEvents
import Pipeline
import Transfer

/// One notification made ready for any SMTP session: envelope, content, and what its reports must not show.
struct Mail: Sendable {
    let envelope: SMTPEnvelope
    /// As DATA takes it: dot-stuffed, with the final dot.
    let content: [UInt8]
    private let notification: OutgoingNotification
    private let login: [String]

    /// Made when an answer is quoted: most are not.
    var secrets: [String] { notification.secrets + login }

    /// Why there is nothing to send, whichever server is asked.
    struct Impossible: Error, Equatable {
        let code: ErrorCode
        let detail: String
    }

    static func make(
        _ notification: OutgoingNotification,
        _ configuration: SMTPSenderConfiguration
    ) -> Result<Mail, Impossible> {
        guard
            case .email(let subject, let html, let text) = notification.content,
            case .email(let recipient) = notification.address
        else {
            return .failure(
                Impossible(code: .addressMissing, detail: "an email needs email content and an email address")
            )
        }
        let message = MailMessage(
            from: configuration.from,
            replyTo: configuration.replyTo,
            to: recipient,
            subject: subject,
            text: text,
            html: html,
            stableID: notification.stableID,
            eventID: notification.eventID,
            date: notification.date
        )
        let sender = configuration.envelopeFrom ?? configuration.from
        guard
            let envelope = SMTPEnvelope(
                sender: sender.address,
                recipient: recipient.value,
                headerNeedsUTF8: message.needsUTF8
            )
        else {
            return .failure(Impossible(code: .addressInvalid, detail: "the address cannot stand in an SMTP command"))
        }
        let login = [configuration.server.username, configuration.server.password].compactMap(\.self)
        let content = DotStuffing.content(of: message.encoded())
        return .success(Mail(envelope: envelope, content: content, notification: notification, login: login))
    }
}

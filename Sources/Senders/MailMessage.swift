import DomainEvents
import FoundationEssentials

/// One email as it goes over the wire (RFC 5322, 2045, 2046, 2047): a text part, then its HTML alternative.
///
/// Whatever the values hold, the result has exactly these header fields and these two parts, lines of at most 998 bytes
/// (76 but for addresses and ids), CR and LF only together, and no NUL. All of it is 7-bit unless an address is not.
public struct MailMessage: Sendable, Equatable {
    public var from: Mailbox
    public var replyTo: Mailbox?
    public var to: EmailAddress
    public var subject: String
    public var text: String
    public var html: String
    /// Makes `Message-ID` and the boundary; characters other than ASCII letters, digits, `-`, `_`, `.` are left out.
    public var stableID: String
    public var eventID: String
    public var date: Date

    public init(
        from: Mailbox,
        replyTo: Mailbox? = nil,
        to: EmailAddress,
        subject: String,
        text: String,
        html: String,
        stableID: String,
        eventID: String,
        date: Date
    ) {
        self.from = from
        self.replyTo = replyTo
        self.to = to
        self.subject = subject
        self.text = text
        self.html = html
        self.stableID = stableID
        self.eventID = eventID
        self.date = date
    }

    /// Whether the header holds an address that only SMTPUTF8 can carry.
    public var needsUTF8: Bool {
        !from.isASCII || !(replyTo?.isASCII ?? true) || !to.value.utf8.allSatisfy { $0 < 0x80 }
    }

    /// Longer event ids are cut: it is there to be searched for, and the audit log has the whole.
    static let maximumEventIDLength = 255
    private static let maximumStableIDLength = 64

    /// The message with CR LF line ends, not dot-stuffed: that belongs to SMTP.
    public func encoded() -> [UInt8] {
        let id = Self.identifier(stableID)
        // Neither encoding can produce `=_`: after `=` quoted-printable has two hex digits or a line break, and base64 has
        // `=` at its end only. So this boundary is in no body, whatever the body says.
        let boundary = "=_notifyd_\(id)"
        let parts = [("text/plain", MailBody(text)), ("text/html", MailBody(html))]
        var header = HeaderWriter()
        header.reserve(text.utf8.count + html.utf8.count + (text.utf8.count + html.utf8.count) / 4 + 1024)
        header.fixed("Date", CivilTime(date).internetDate)
        header.mailbox("From", from)
        if let replyTo { header.mailbox("Reply-To", replyTo) }
        header.address("To", to.value)
        header.unstructured("Subject", subject)
        header.messageID(id, domain: from.domain)
        header.fixed("MIME-Version", "1.0")
        header.fixed("Auto-Submitted", "auto-generated")
        header.fixed("X-Auto-Response-Suppress", "All")
        header.identifier("Notifyd-Event-ID", Self.bounded(eventID))
        header.fixed("Content-Type", "multipart/alternative; boundary=\"\(boundary)\"")
        header.endOfHeader()
        var bytes = header.bytes
        for (type, body) in parts {
            let partHeader = """
                --\(boundary)\r\n\
                Content-Type: \(type); charset=utf-8\r\n\
                Content-Transfer-Encoding: \(body.encoding.rawValue)\r\n\r\n
                """
            bytes.append(contentsOf: partHeader.utf8)
            body.append(to: &bytes)
        }
        bytes.append(contentsOf: "--\(boundary)--\r\n".utf8)
        return bytes
    }

    private static func identifier(_ stableID: String) -> String {
        let allowed = stableID.utf8.filter { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
        return String(decoding: allowed.prefix(maximumStableIDLength), as: UTF8.self)
    }

    private static func bounded(_ eventID: String) -> String {
        guard eventID.utf8.count > maximumEventIDLength else { return eventID }
        var length = 0
        return String(
            String.UnicodeScalarView(
                eventID.unicodeScalars.prefix { scalar in
                    length += UTF8.width(scalar)
                    return length <= maximumEventIDLength
                }
            )
        )
    }
}

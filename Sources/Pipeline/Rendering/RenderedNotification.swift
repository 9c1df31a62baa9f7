/// What the recipient will read.
public enum RenderedContent: Sendable, Equatable {
    /// The subject is one line; the text part ends with a newline; newlines are LF.
    case email(subject: String, html: String, text: String)
    /// `segments` is at least 1 and at most `sms.maxSegments`.
    case sms(text: String, segments: Int)
}

/// A message ready to be sent, and what the audit log says about its making.
public struct RenderedNotification: Sendable, Equatable {
    public var content: RenderedContent
    /// The locale of the template that was used, one for the whole message.
    public var locale: String
    /// 12 hex digits of SHA-256 over the sources of the template.
    public var templateVersion: String
    /// 32 bytes.
    public var contentSHA256: [UInt8]

    public init(content: RenderedContent, locale: String, templateVersion: String, contentSHA256: [UInt8]) {
        self.content = content
        self.locale = locale
        self.templateVersion = templateVersion
        self.contentSHA256 = contentSHA256
    }
}

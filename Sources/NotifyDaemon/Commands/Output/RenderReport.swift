import DomainEvents
import Pipeline

/// A rendered notification as `notifyd render` prints it.
struct RenderReport: Encodable {
    var eventType: String
    var channel: String
    var locale: String
    var templateVersion: String
    var subject: String?
    var text: String
    var html: String?
    var segments: Int?

    init(_ type: String, _ channel: Channel, _ rendered: RenderedNotification) {
        eventType = type
        self.channel = channel.rawValue
        locale = rendered.locale
        templateVersion = rendered.templateVersion
        switch rendered.content {
        case .email(let subject, let html, let text):
            self.subject = subject
            self.html = html
            self.text = text
        case .sms(let text, let segments):
            self.text = text
            self.segments = segments
        }
    }

    /// For people: a head line, the subject, and the text part; line breaks stay, other controls are escaped.
    var lines: [String] {
        var lines = ["\(channel), \(locale), template \(templateVersion)\(segments.map { ", segments \($0)" } ?? "")"]
        if let subject { lines.append("Subject: \(PrintableText.escaped(subject))") }
        lines.append("")
        lines += text.split(separator: "\n", omittingEmptySubsequences: false).map { PrintableText.escaped(String($0)) }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private enum CodingKeys: String, CodingKey {
        case eventType = "event_type"
        case channel, locale
        case templateVersion = "template_version"
        case subject, text, html, segments
    }
}

import Crypto
import DomainEvents

extension Catalogue {
    /// The locale a recipient's message is written in: their own, shorter forms of it, then `catalogue.locale`'s, and as a
    /// last resort `en` or any that there is.
    ///
    /// - Returns: nil where the type has no template for the channel.
    public func locale(type: String, channel: Channel, recipient: Recipient) -> String? {
        templates[type]?.locale(channel, recipient: recipient.locale, fallback: options.locale)
    }

    /// Writes an event as the message its recipient will read.
    ///
    /// Takes no time zone or locale from the machine: the same event, recipient and catalogue give the same bytes.
    public func render(
        type: String,
        channel: Channel,
        event: DomainEvent,
        recipient: Recipient
    ) throws(RenderFailure) -> RenderedNotification {
        guard let locale = locale(type: type, channel: channel, recipient: recipient), let set = templates[type] else {
            let message = types[type] == nil ? "\(type) is not in the catalogue" : "\(type) has no \(channel) template"
            throw RenderFailure(code: .typeUnknown, message: message)
        }
        let format = ValueFormat(
            message: locale,
            recipient: recipient.locale,
            timeZones: [recipient.timezone, options.timezone]
        )
        let scope = EventValues(event: event, recipient: recipient, format: format).scope()
        switch channel {
        case .email:
            guard let (template, version) = set.emails[locale] else { throw Self.noTemplate(type, channel) }
            let content = try email(template, scope)
            return rendered(content, locale: locale, version: version)
        case .sms:
            guard let (template, version) = set.sms[locale] else { throw Self.noTemplate(type, channel) }
            let content = try sms(template, scope)
            return rendered(content, locale: locale, version: version)
        }
    }

    private static func noTemplate(_ type: String, _ channel: Channel) -> RenderFailure {
        RenderFailure(code: .typeUnknown, message: "\(type) has no \(channel) template")
    }

    private func email(_ template: EmailTemplate, _ scope: TemplateScope) throws(RenderFailure) -> RenderedContent {
        var renderer = TemplateRenderer(scope)
        return .email(
            subject: try renderer.render(template.subject),
            html: try renderer.render(template.html),
            text: BlankLines.settled(try renderer.render(template.text))
        )
    }

    private func sms(_ template: SMSTemplate, _ scope: TemplateScope) throws(RenderFailure) -> RenderedContent {
        var renderer = TemplateRenderer(scope)
        let text = try renderer.render(template.text)
        let segments = SMSSegments(text)
        guard segments.count <= options.maximumSegments else {
            let message = "\(segments.count) SMS segments, and sms.maxSegments is \(options.maximumSegments)"
            throw RenderFailure(code: .templateSegments, message: message)
        }
        return .sms(text: text, segments: segments.count)
    }

    private func rendered(_ content: RenderedContent, locale: String, version: String) -> RenderedNotification {
        var hash = SHA256()
        switch content {
        case .email(let subject, let html, let text):
            for part in [subject, html, text] { hash.updateWithLength(part.utf8) }
        case .sms(let text, _): hash.updateWithLength(text.utf8)
        }
        return RenderedNotification(
            content: content,
            locale: locale,
            templateVersion: version,
            contentSHA256: Array(hash.finalize())
        )
    }
}

extension SHA256 {
    /// The length first, so that no two lists of parts look the same.
    mutating func updateWithLength(_ bytes: some Collection<UInt8>) {
        withUnsafeBytes(of: UInt64(bytes.count).bigEndian) { update(bufferPointer: $0) }
        if bytes.withContiguousStorageIfAvailable({ update(bufferPointer: UnsafeRawBufferPointer($0)) }) == nil {
            update(data: Array(bytes))
        }
    }
}

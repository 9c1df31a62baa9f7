import DomainEvents

/// All compiled templates of one event type, by locale, each with its version.
struct NotificationTemplates: Sendable {
    var emails: [String: (EmailTemplate, version: String)] = [:]
    var sms: [String: (SMSTemplate, version: String)] = [:]

    /// Sorted.
    func locales(_ channel: Channel) -> [String] {
        switch channel {
        case .email: emails.keys.sorted()
        case .sms: sms.keys.sorted()
        }
    }

    /// The best locale there is: the recipient's and its shorter forms, then the fallback's, then `en`, then the first.
    func locale(_ channel: Channel, recipient: String?, fallback: String) -> String? {
        let wanted = [recipient, fallback, "en"].flatMap { $0.flatMap { LocaleTag($0)?.fallbacks } ?? [] }
        return wanted.first { has($0, channel) } ?? locales(channel).first
    }

    private func has(_ locale: String, _ channel: Channel) -> Bool {
        switch channel {
        case .email: emails[locale] != nil
        case .sms: sms[locale] != nil
        }
    }
}

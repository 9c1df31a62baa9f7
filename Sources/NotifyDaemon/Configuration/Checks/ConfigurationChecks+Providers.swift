extension ConfigurationChecks {
    mutating func checkEmail() {
        let names = configuration.email.providers.compactMap { provider in
            if case .smtp(let name) = provider { name } else { nil }
        }
        for name in names where !configuration.smtp.contains(where: { $0.name == name }) {
            if ProviderName.isFurtherProvider(name) {
                report(
                    ["email.providers", "smtp.\(name).url"],
                    "email.providers: \(name) is not smtp or file, and there is no smtp.\(name).url; set that or correct it"
                )
            } else if name != "smtp" {
                report(["email.providers"], "email.providers: a provider cannot be called \(name); choose another name")
            }
        }
        if sends, !names.isEmpty, configuration.email.from == nil {
            report(
                ["email.from", "email.providers"],
                "email.from: is required with an SMTP provider; set it to the sender's address"
                    + " (or email.providers to file)"
            )
        }
    }

    mutating func checkCredentials(of provider: SMTPSettings) {
        let prefix = provider.name == "smtp" ? "smtp" : "smtp.\(provider.name)"
        let keys = ["\(prefix).username", "\(prefix).password"]
        if (provider.username == nil) != (provider.password == nil) {
            let (missing, given) = provider.username == nil ? (keys[0], keys[1]) : (keys[1], keys[0])
            report([given, missing], "\(missing): is required when \(given) is set")
        }
        guard provider.username != nil || provider.password != nil else { return }
        if !provider.url.usesTLS, provider.startTLS != .require, !HostName.isLoopback(provider.url.host) {
            report(
                ["\(prefix).startTls", "\(prefix).url"] + keys,
                "\(prefix).startTls: with \(provider.startTLS.rawValue) the credentials could cross plain text to"
                    + " \(provider.url.host); set it to require, or use smtps://"
            )
        }
    }

    mutating func checkSMS() {
        for name in settings.peekList("sms.providers") where SMSSettings.Provider(rawValue: name) == nil {
            report(["sms.providers"], "sms.providers: \(name) is not a known provider; use twilio, file or both")
        }
        guard let twilio = configuration.twilio else { return }
        if twilio.accountSID.isEmpty {
            report(["twilio.accountSid", "sms.providers"], "twilio.accountSid: is required with the provider twilio")
        }
        if twilio.authToken.revealed.isEmpty {
            report(["twilio.authToken", "sms.providers"], "twilio.authToken: is required with the provider twilio")
        }
        if twilio.from == nil, twilio.messagingServiceSID == nil {
            report(
                ["twilio.from", "twilio.messagingServiceSid", "sms.providers"],
                "twilio.from: it or twilio.messagingServiceSid is required with the provider twilio"
            )
        }
    }
}

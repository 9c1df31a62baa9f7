extension ConfigurationKeys {
    static let email = [
        ConfigurationKey(
            "email.providers",
            .names,
            default: "smtp",
            example: "smtp,backup",
            "in order: `smtp`, `file`, or the name of a further SMTP provider"
        ),
        ConfigurationKey(
            "email.from",
            .mailbox,
            example: "Our Co <no-reply@ourco.example>",
            "the sender; required with SMTP"
        ),
        ConfigurationKey("email.replyTo", .mailbox, example: "help@ourco.example", "where answers go"),
        ConfigurationKey(
            "email.envelopeFrom",
            .address,
            note: "`email.from`",
            example: "bounces@ourco.example",
            "where bounces go (MAIL FROM)"
        ),
    ]

    /// The keys of one SMTP provider; those of `smtp` itself have the prefix `smtp`, others `smtp.NAME`.
    static func smtp(prefix: String) -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "\(prefix).url",
                .smtpURL,
                default: prefix == "smtp" ? "smtp://127.0.0.1:25" : nil,
                example: "smtp://mail.ourco.example:587",
                sensitivity: .url,
                "`smtp://` or `smtps://`"
            ),
            ConfigurationKey("\(prefix).username", .text, example: "notifyd", "user name of SMTP AUTH"),
            ConfigurationKey(
                "\(prefix).password",
                .text,
                example: "correct horse battery staple",
                sensitivity: .secret,
                "password of SMTP AUTH"
            ),
            ConfigurationKey(
                "\(prefix).startTls",
                .choice(SMTPSettings.StartTLS.allCases.map(\.rawValue)),
                note: "`require`; `auto` on loopback",
                example: "require",
                "`require`, `auto` (when offered) or `never`; credentials never cross plain text except on loopback"
            ),
            ConfigurationKey(
                "\(prefix).tls.ca",
                .path,
                note: "the system's CAs",
                example: "/etc/notifyd/tls/mail-ca.pem",
                "PEM file of CAs for this server"
            ),
            ConfigurationKey(
                "\(prefix).heloName",
                .hostName,
                note: "the host's name",
                example: "notifyd.ourco.example",
                "the name said in EHLO"
            ),
            ConfigurationKey(
                "\(prefix).connections",
                .integer(1...1000),
                default: "64",
                example: "32",
                "at most so many, opened on demand, kept while used; at 200 ms a message each carries 5 a second"
            ),
            ConfigurationKey(
                "\(prefix).answerTimeout",
                .duration(.seconds(1) ... .seconds(3600)),
                default: "10m",
                example: "5m",
                "wait for the answer after the last byte (RFC 5321 §4.5.3.2.6)"
            ),
            ConfigurationKey("\(prefix).rate", .rate, example: "50", "messages a second"),
        ]
    }

    static let file = [
        ConfigurationKey(
            "file.path",
            .path,
            default: "./outbox",
            example: "/var/lib/notifyd/outbox",
            "folder of the provider `file`: emails in Maildir form in `mail/new/`, SMS in `sms/`, one file each"
        )
    ]

    static let sms = [
        ConfigurationKey("sms.providers", .names, example: "twilio", "in order: `twilio`, `file`"),
        ConfigurationKey(
            "sms.maxSegments",
            .integer(1...10),
            default: "3",
            example: "2",
            "a longer SMS is refused"
        ),
        ConfigurationKey(
            "twilio.accountSid",
            .text,
            example: "AC00000000000000000000000000000000",
            "the account's id (AC…)"
        ),
        ConfigurationKey(
            "twilio.authToken",
            .text,
            example: "0123456789abcdef0123456789abcdef",
            sensitivity: .secret,
            "the account's token"
        ),
        ConfigurationKey(
            "twilio.from",
            .phone,
            example: "+15005550006",
            "the sender: a number, a short code or a name"
        ),
        ConfigurationKey(
            "twilio.messagingServiceSid",
            .text,
            example: "MG00000000000000000000000000000000",
            "instead of `twilio.from` (MG…)"
        ),
        ConfigurationKey(
            "twilio.baseUrl",
            .httpURL,
            default: "https://api.twilio.com",
            example: "https://twilio.ourco.example",
            // None belongs there; an error about one must not show it.
            sensitivity: .url,
            "where Twilio's API is"
        ),
        ConfigurationKey("twilio.rate", .rate, example: "10", "messages a second"),
    ]
}

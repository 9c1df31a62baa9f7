extension ConfigurationKeys {
    static let pipeline = [
        ConfigurationKey(
            "send.timeout",
            .duration(.seconds(1) ... .seconds(600)),
            default: "30s",
            example: "20s",
            "one attempt up to its last byte, connect included; for HTTP the whole exchange. At most half of it is spent"
                + " waiting for `smtp.rate` or `twilio.rate` and for a session"
        ),
        ConfigurationKey(
            "retry.delays",
            .durations(.milliseconds(1) ... .seconds(7 * 86400)),
            default: "5s,30s,2m,10m,1h",
            example: "10s,1m,10m",
            "the waits between attempts; attempts are one more than these"
        ),
        ConfigurationKey(
            "claim.lease",
            .duration(.seconds(1) ... .seconds(3600)),
            default: "2m",
            example: "3m",
            "how soon a dead process's claim is looked at by another; at least 2 × (`send.timeout` + 5 s)"
        ),
        ConfigurationKey(
            "parked.max",
            .integer(0...100_000_000),
            default: "100000",
            example: "50000",
            "so many may wait in Postgres for a due time or a provider; above it consuming pauses while a channel has no"
                + " provider"
        ),
        ConfigurationKey(
            "audit.keep",
            .duration(.seconds(86400) ... .seconds(36500 * 86400)),
            default: "400d",
            example: "730d",
            "how long the audit log and the memory of what was sent are kept; older months are dropped"
        ),
        ConfigurationKey(
            "delivery.only",
            .recipients,
            example: "*@ourco.example,+49151*",
            "allowed recipients; all others end `suppressed`. For staging"
        ),
    ]

    static let content = [
        ConfigurationKey(
            "links.passwordReset",
            .linkTemplate,
            example: "https://app.ourco.example/reset?token={token}",
            "for password resets that carry a `token` and no `resetUrl`"
        ),
        ConfigurationKey(
            "links.hosts",
            .hosts,
            note: "any",
            example: "app.ourco.example",
            "hosts that links taken from events may point to, always `https`"
        ),
        ConfigurationKey(
            "catalogue.path",
            .path,
            note: "the built-in one",
            example: "/etc/notifyd/catalogue",
            "folder of notifications; adds to the built-in ones and overrides them, file by file"
        ),
        ConfigurationKey(
            "catalogue.locale",
            .locale,
            default: "en",
            example: "de",
            "for recipients without a locale, or with one that has no template"
        ),
        ConfigurationKey(
            "catalogue.timezone",
            .timezone,
            default: "UTC",
            example: "Europe/Vienna",
            "for recipients without a time zone"
        ),
    ]

    static let storage = [
        ConfigurationKey(
            "storage.key",
            .bytes(32...32),
            example: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            sensitivity: .secret,
            "stored bodies (parked messages, dead letters) are encrypted with it (AES-GCM)"
        ),
        ConfigurationKey(
            "storage.addressKey",
            .bytes(32...1024),
            note: "made by the first migration, kept in the schema",
            example: "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=",
            sensitivity: .secret,
            "key of the HMAC by which the audit log finds an address that it does not hold"
        ),
    ]
}

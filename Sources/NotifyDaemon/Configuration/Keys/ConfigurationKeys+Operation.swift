import Telemetry

extension ConfigurationKeys {
    static let operation = [
        ConfigurationKey(
            "log.level",
            .levels,
            default: "info",
            example: "info,broker=debug",
            "a level, and levels by component"
        ),
        ConfigurationKey(
            "log.format",
            .choice(LogFormat.allCases.map(\.rawValue)),
            default: "auto",
            example: "json",
            "`json`, `text`; `auto` is text on a terminal, else JSON"
        ),
        ConfigurationKey(
            "shutdown.drain",
            .duration(.seconds(0) ... .seconds(900)),
            default: "25s",
            example: "40s",
            "how long a drain may take after SIGTERM"
        ),
        ConfigurationKey(
            "shutdown.stopTimeout",
            .duration(.seconds(1) ... .seconds(86400)),
            example: "60s",
            "when the service manager kills what has not ended after SIGTERM, where nothing extends that; `shutdown.drain`"
                + " + 10 s must be below it"
        ),
        ConfigurationKey(
            "http.listen",
            .listen,
            default: "127.0.0.1:9464",
            example: "127.0.0.1:9465",
            "the address for probes and metrics; `off`"
        ),
        ConfigurationKey(
            "tls.allowPlaintext",
            .hosts,
            example: "rabbit.internal",
            "hosts to which `amqp://`, `http://` or an `sslmode` below `verify-full` is allowed; loopback always is,"
                + " anything else is an error"
        ),
    ]
}

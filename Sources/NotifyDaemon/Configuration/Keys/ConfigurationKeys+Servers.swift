import Broker

extension ConfigurationKeys {
    static let rabbitmq = [
        ConfigurationKey(
            "rabbitmq.url",
            .brokerURLs,
            default: "amqp://guest:guest@127.0.0.1:5672/%2F",
            example: "amqps://rabbit-1.ourco.example/shop,amqps://rabbit-2.ourco.example/shop",
            sensitivity: .url,
            "`amqp://` or `amqps://`; several, comma-separated, are a cluster's nodes, tried in turn"
        ),
        ConfigurationKey(
            "rabbitmq.exchange",
            .brokerName,
            default: "domain-events",
            example: "shop-events",
            "durable topic exchange that events come from"
        ),
        ConfigurationKey(
            "rabbitmq.queue",
            .brokerName,
            default: "notifications.events",
            example: "shop.notifications",
            "the queue that is consumed; dead letters go to this name with `.dead`"
        ),
        ConfigurationKey(
            "rabbitmq.queueType",
            .choice(BrokerTopology.QueueType.allCases.map(\.rawValue)),
            default: "quorum",
            example: "classic",
            "`quorum` or `classic`"
        ),
        ConfigurationKey(
            "rabbitmq.declare",
            .boolean,
            default: "true",
            example: "false",
            "`false`: check passively that all exists, declare nothing"
        ),
        ConfigurationKey(
            "rabbitmq.deadLetterExchange",
            .brokerName,
            default: "dlx",
            example: "shop-dead-letters",
            "durable topic exchange of dead letters"
        ),
        ConfigurationKey(
            "rabbitmq.prefetch",
            .integer(1...65535),
            default: "256",
            example: "100",
            "upper bound of events in flight"
        ),
        ConfigurationKey(
            "rabbitmq.heartbeat",
            .seconds(1...600),
            default: "10s",
            example: "20s",
            "how soon a silent broker is noticed"
        ),
        ConfigurationKey(
            "rabbitmq.tls.ca",
            .path,
            note: "the system's CAs",
            example: "/etc/notifyd/tls/rabbitmq-ca.pem",
            "PEM file of CAs for `amqps://`"
        ),
        ConfigurationKey(
            "rabbitmq.tls.certificate",
            .path,
            example: "/etc/notifyd/tls/rabbitmq.pem",
            "PEM file of a client certificate"
        ),
        ConfigurationKey(
            "rabbitmq.tls.key",
            .path,
            example: "/etc/notifyd/tls/rabbitmq-key.pem",
            "PEM file of the client certificate's key"
        ),
    ]

    static let database = [
        ConfigurationKey(
            "database.url",
            .databaseURL,
            default: "postgres://127.0.0.1:5432/notify",
            example: "postgres://notifyd@db.ourco.example/notify?sslmode=verify-full",
            sensitivity: .url,
            "any libpq URI"
        ),
        ConfigurationKey(
            "database.migrationUrl",
            .databaseURL,
            note: "`database.url`",
            example: "postgres://notifyd_owner@db.ourco.example/notify?sslmode=verify-full",
            sensitivity: .url,
            "the role that may change the schema"
        ),
        ConfigurationKey(
            "database.retentionUrl",
            .databaseURL,
            note: "`database.migrationUrl`",
            example: "postgres://notifyd_retention@db.ourco.example/notify?sslmode=verify-full",
            sensitivity: .url,
            "the role that may apply `audit.keep`"
        ),
        ConfigurationKey(
            "database.schema",
            .identifier,
            default: "notifications",
            example: "shop_notifications",
            "the schema of all tables"
        ),
        ConfigurationKey(
            "database.migrate",
            .boolean,
            default: "true",
            example: "false",
            "`false`: `notifyd run` does not change the schema; run `notifyd migrate` yourself"
        ),
    ]
}

import Broker

extension ConfigurationChecks {
    mutating func checkPlaintext() {
        for node in configuration.rabbitmq.nodes where !node.isEncrypted && !allowsPlaintext(node.host) {
            reportPlaintext("rabbitmq.url", "amqp://", node.host, "use amqps://")
        }
        checkDatabase("database.url", configuration.database.url)
        if configuration.database.migrationURL != configuration.database.url {
            checkDatabase("database.migrationUrl", configuration.database.migrationURL)
        }
        if configuration.database.retentionURL != configuration.database.migrationURL {
            checkDatabase("database.retentionUrl", configuration.database.retentionURL)
        }
        if let twilio = configuration.twilio, let url = try? URLParts(twilio.baseURL), url.scheme == "http" {
            for host in url.hosts where !allowsPlaintext(host.name) {
                reportPlaintext("twilio.baseUrl", "http://", host.name, "use https://")
            }
        }
    }

    private mutating func checkDatabase(_ key: String, _ url: Secret<String>) {
        guard let parts = try? URLParts(url.revealed) else { return }
        let uri: PostgresURI
        do {
            uri = try PostgresURI(parts, environment: environment)
        } catch {
            report([key], "\(key): with the PG… variables it cannot be used (\(error.detail ?? "invalid"))")
            return
        }
        guard uri.sslMode != "verify-full" else { return }
        for host in uri.networkHosts where !allowsPlaintext(host) {
            reportPlaintext(key, "sslmode=\(uri.sslMode)", host, "use sslmode=verify-full")
        }
    }

    private func allowsPlaintext(_ host: String) -> Bool {
        HostName.isLoopback(host) || configuration.tls.allowPlaintext.contains(host.lowercased())
    }

    private mutating func reportPlaintext(_ key: String, _ what: String, _ host: String, _ remedy: String) {
        let shown = PrintableText.escaped(host)
        report(
            [key, "tls.allowPlaintext"],
            "\(key): \(what) to \(shown) would not be protected; \(remedy), or add \(shown) to tls.allowPlaintext"
        )
    }
}

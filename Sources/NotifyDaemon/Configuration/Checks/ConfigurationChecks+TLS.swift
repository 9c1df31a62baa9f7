/// What can be known at the start of the files for TLS: a wrong one would fail at each handshake, for ever.
extension ConfigurationChecks {
    mutating func checkTLS() {
        checkBrokerTLS()
        for provider in configuration.smtp {
            let key = provider.name == "smtp" ? "smtp.tls.ca" : "smtp.\(provider.name).tls.ca"
            checkCertificates(key, provider.ca)
        }
        checkDatabaseFiles("database.url", configuration.database.url)
        if configuration.database.migrationURL != configuration.database.url {
            checkDatabaseFiles("database.migrationUrl", configuration.database.migrationURL)
        }
    }

    private mutating func checkBrokerTLS() {
        let tls = configuration.rabbitmq.tls
        checkCertificates("rabbitmq.tls.ca", tls.ca)
        checkCertificates("rabbitmq.tls.certificate", tls.certificate)
        if let certificate = tls.certificate, let key = tls.key,
            let problem = PEMFile.problem(key: key, of: certificate)
        {
            let shown = PrintableText.escaped(key)
            report(
                ["rabbitmq.tls.key", "rabbitmq.tls.certificate"],
                "rabbitmq.tls.key: \(shown) \(problem); rabbitmq.tls.certificate and it have to belong together"
            )
        }
    }

    private mutating func checkCertificates(_ key: String, _ path: String?) {
        guard let path, FileBytes.problem(path) == nil else { return }
        guard let problem = PEMFile.problem(certificates: path) else { return }
        report([key], "\(key): \(PrintableText.escaped(path)) \(problem)")
    }

    /// The files that libpq is told of in the URL or by its variables (PostgreSQL manual, 34.1.2 and 34.15).
    private mutating func checkDatabaseFiles(_ key: String, _ url: Secret<String>) {
        guard let parts = try? URLParts(url.revealed) else { return }
        for (parameter, variable) in [
            ("sslrootcert", "PGSSLROOTCERT"), ("sslcert", "PGSSLCERT"), ("sslkey", "PGSSLKEY"),
        ] {
            let path = parts.query.last { $0.name == parameter }?.value ?? environment[variable] ?? ""
            // From libpq 16 on the word stands for the system's authorities.
            guard !path.isEmpty, !(parameter == "sslrootcert" && path == "system") else { continue }
            let shown = PrintableText.escaped(path)
            if let problem = FileBytes.problem(path) {
                report([key], "\(key): \(parameter) \(shown) cannot be read: \(problem)")
            } else if parameter != "sslkey", let problem = PEMFile.problem(certificates: path) {
                report([key], "\(key): \(parameter) \(shown) \(problem)")
            }
        }
    }
}

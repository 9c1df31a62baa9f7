/// A libpq URI read as far as transport security needs it: which hosts, and how strict `sslmode` is.
///
/// libpq's own rules (PostgreSQL 15 §34.1.1): parameters of the query override the URI's parts; what is given nowhere
/// comes from `PGHOST`, `PGHOSTADDR` and `PGSSLMODE`; a host that is empty, a path or starts with `@` is a Unix socket.
struct PostgresURI: Sendable, Equatable {
    static let sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

    /// The hosts reached over a network; Unix sockets are left out.
    var networkHosts: [String]
    var sslMode: String
    /// Nil: not said, then libpq takes `PGDATABASE` or the user's name.
    var database: String?

    init(_ parts: URLParts, environment: [String: String] = [:]) throws(InvalidValue) {
        guard ["postgres", "postgresql"].contains(parts.scheme) else {
            throw InvalidValue("its scheme is not postgres:// or postgresql://")
        }
        var parameters: [String: String] = [:]
        for parameter in parts.query {
            parameters[parameter.name] = parameter.value
        }
        func parameter(_ name: String, _ variable: String) -> String? {
            parameters[name] ?? environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        }
        sslMode = parameter("sslmode", "PGSSLMODE") ?? "prefer"
        guard Self.sslModes.contains(sslMode) else {
            throw InvalidValue("its sslmode is not one of \(Self.sslModes.joined(separator: ", "))")
        }
        let named = parts.hosts.map(\.name).filter { !$0.isEmpty }
        let list: [String]
        if let override = parameter("hostaddr", "PGHOSTADDR") ?? parameters["host"] {
            list = override.split(separator: ",").map(String.init)
        } else if !named.isEmpty {
            list = named
        } else if let service = parameters["service"] {
            list = ["service:\(service)"]
        } else {
            list = (environment["PGHOST"] ?? "").split(separator: ",").map(String.init)
        }
        let path = parts.path.hasPrefix("/") ? try PercentCoding.decode(parts.path.dropFirst()) : ""
        database = parameters["dbname"] ?? (path.isEmpty ? nil : path)
        networkHosts = list.filter { !$0.hasPrefix("/") && !$0.hasPrefix("@") }
    }
}

import CPostgres
import Dispatch
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where to connect and how: a libpq URI or key-value string, taken apart by libpq itself.
public struct ConnectionTarget: Sendable {
    /// libpq's keywords with the values to use, password included: never printed.
    private(set) var parameters: [String: String]

    /// - Parameter url: any libpq connection string (PostgreSQL manual, 34.1.1).
    /// - Parameter instance: at most 36 bytes; follows a `/` behind the application's name, whatever that is.
    /// - Parameter schema: goes first, and alone, into `search_path`.
    /// - Throws: `configuration` with libpq's own words when the string is not understood.
    public init(
        url: String,
        applicationName: String,
        instance: String? = nil,
        schema: String?
    ) throws(DatabaseError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            let text = message.map { String(cString: $0).trimmed } ?? "not a libpq connection string"
            PQfreemem(message)
            // libpq quotes parts of the string in some of its messages, and a password may be among them.
            throw DatabaseError(.configuration, "database URL: \(text.contains("\"") ? "it is malformed" : text)")
        }
        defer { PQconninfoFree(options) }
        var parameters: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        // A client encoding other than UTF-8 would change what we store; GSS negotiation may block inside libpq.
        parameters["client_encoding"] = "UTF8"
        parameters["gssencmode"] = parameters["gssencmode"] ?? "disable"
        let name = parameters["application_name"] ?? applicationName
        parameters["application_name"] = instance.map { Self.name(name, of: $0) } ?? name
        if let schema {
            let quoted = schema.replacing("\"", with: "\"\"").replacing("\\", with: "\\\\").replacing(" ", with: "\\ ")
            let options = "-c search_path=\"\(quoted)\""
            parameters["options"] = parameters["options"].map { "\($0) \(options)" } ?? options
        }
        self.parameters = parameters
    }

    /// The same, with these settings of the server for its sessions.
    ///
    /// - Parameter settings: names of PostgreSQL's manual, chapter 20, with values that need no quoting.
    public func with(settings: KeyValuePairs<String, String>) -> ConnectionTarget {
        var target = self
        let options = settings.map { "-c \($0.key)=\($0.value)" }
        target.parameters["options"] = ([parameters["options"]].compactMap(\.self) + options).joined(separator: " ")
        return target
    }

    /// Postgres keeps 63 bytes of a name (`NAMEDATALEN`); the instance must be among them.
    private static func name(_ name: String, of instance: String) -> String {
        "\(name.prefix(max(0, 62 - instance.utf8.count)))/\(instance)"
    }

    /// Host and port for people and spans; a Unix socket's folder counts as its host.
    public var address: (host: String, port: Int) {
        let host = (parameters["host"] ?? parameters["hostaddr"] ?? "/var/run/postgresql").firstOfList
        return (host, Int((parameters["port"] ?? "5432").firstOfList) ?? 5432)
    }

    /// The database's name, by libpq's rule the user's where none is given.
    public var databaseName: String {
        parameters["dbname"] ?? parameters["user"] ?? ""
    }

    /// A target for each address that the host names have now, in their order.
    ///
    /// libpq resolves inside its connect call, where a silent name server would hold the reactor for seconds; so this
    /// runs on a thread of Dispatch's and passes `hostaddr` beside `host`, which TLS still verifies against. And its
    /// polled connect gives a silent host all the time there is, while the next in the list may be the new primary.
    func resolved() async throws(DatabaseError) -> [ConnectionTarget] {
        guard parameters["hostaddr"] == nil, let hosts = parameters["host"], !hosts.isEmpty else { return [self] }
        let ports = (parameters["port"] ?? "5432").split(separator: ",", omittingEmptySubsequences: false)
            .map(String.init)
        var entries: [(host: String, address: String, port: String)] = []
        var failure: String?
        for (index, host) in hosts.split(separator: ",").map(String.init).enumerated() {
            let port = ports.count == 1 ? ports[0] : (ports.indices.contains(index) ? ports[index] : "5432")
            if host.hasPrefix("/") || host.hasPrefix("@") {
                entries.append((host, "", port))
                continue
            }
            let addresses = await AddressLookup.addresses(of: host)
            if addresses.isEmpty { failure = "the host name \(host) does not resolve" }
            for address in addresses { entries.append((host, address, port)) }
        }
        guard !entries.isEmpty else { throw DatabaseError(.connect, failure ?? "the database URL names no host") }
        return entries.map { entry in
            var target = self
            target.parameters["host"] = entry.host
            target.parameters["hostaddr"] = entry.address
            target.parameters["port"] = entry.port
            return target
        }
    }
}

/// Name look-up on a thread of its own.
private enum AddressLookup {
    static func addresses(of host: String) async -> [String] {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: lookUp(host)) }
        }
    }

    private static func lookUp(_ host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var entry = list
        while let current = entry {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let result = getnameinfo(
                current.pointee.ai_addr,
                current.pointee.ai_addrlen,
                &text,
                socklen_t(text.count),
                nil,
                0,
                NI_NUMERICHOST
            )
            if result == 0 {
                addresses.append(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
            }
            entry = current.pointee.ai_next
        }
        return addresses
    }
}

extension String {
    fileprivate var firstOfList: String { split(separator: ",").first.map(String.init) ?? self }

    var trimmed: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

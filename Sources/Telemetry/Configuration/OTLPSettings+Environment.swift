extension OTLPSettings {
    static let endpointVariables = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]

    /// The specific name, then the general one.
    private static func names(_ suffix: String) -> [String] {
        ["OTEL_EXPORTER_OTLP_TRACES_\(suffix)", "OTEL_EXPORTER_OTLP_\(suffix)"]
    }

    /// - Returns: nil when nothing can be exported as it is set: another protocol, an unusable URL.
    static func read(_ variables: inout TelemetryEnvironment, isPlaintextAllowed: (String) -> Bool) -> OTLPSettings? {
        if let (name, value) = variables.first(names("PROTOCOL")), value.lowercased() != "http/protobuf" {
            let shown = TextEscaping.escaped(value.prefix(utf8Bytes: 40))
            variables.warn(name, "\"\(shown)\" is not supported, only http/protobuf is; nothing is exported")
            return nil
        }
        guard let endpoint = endpoint(&variables) else { return nil }
        var settings = OTLPSettings(url: endpoint.url)
        let isPlaintext = !endpoint.address.isSecure && !endpoint.address.isLoopback
        if isPlaintext {
            variables.warn(endpoint.variable, "sends spans over plain http to \(endpoint.address.host)")
        }
        settings.headers = headers(&variables, isWithheld: isPlaintext && !isPlaintextAllowed(endpoint.address.host))
        if let timeout = variables.milliseconds(names("TIMEOUT"), minimum: 1) { settings.timeout = timeout }
        settings.certificateFile = variables.first(names("CERTIFICATE"))?.value
        settings.compression = compression(&variables)
        return settings
    }

    /// The first that can be used: one that is ignored leaves the word to the next.
    private static func compression(_ variables: inout TelemetryEnvironment) -> Compression {
        for name in names("COMPRESSION") {
            switch variables.string(name)?.lowercased() {
            case nil: continue
            case "gzip": return .gzip
            case "none": return .none
            default: variables.warn(name, "is neither gzip nor none, ignored")
            }
        }
        return .none
    }

    private struct Endpoint {
        var variable: String
        var address: CollectorAddress
        /// With the path that spans are posted to.
        var url: String
    }

    /// The traces endpoint is used as it is; `/v1/traces` is appended to the general one.
    private static func endpoint(_ variables: inout TelemetryEnvironment) -> Endpoint? {
        let given = variables.first(endpointVariables) ?? (endpointVariables[1], "http://localhost:4318")
        guard let address = CollectorAddress(given.value) else {
            variables.warn(given.name, "is no http:// or https:// URL with a host; nothing is exported")
            return nil
        }
        let isGeneral = given.name == endpointVariables[1]
        return Endpoint(
            variable: given.name,
            address: address,
            url: isGeneral ? address.appending("v1/traces") : address.url
        )
    }

    /// Each header on its own: one that cannot be sent is left out, and neither names a value.
    private static func headers(_ variables: inout TelemetryEnvironment, isWithheld: Bool) -> OTLPHeaders {
        var headers = OTLPHeaders()
        guard let (name, list) = variables.first(names("HEADERS"), secret: true) else { return headers }
        if isWithheld {
            variables.warn(name, "not sent over plain http; use https, loopback, or tls.allowPlaintext")
            return headers
        }
        guard let pairs = KeyValueList.parse(list) else {
            variables.warn(name, "is no list of key=value with percent-encoding, ignored")
            return headers
        }
        for (key, value) in pairs {
            // Field values of RFC 9110 §5.5 without its obsolete parts: nothing may end the header early.
            let isSafe = value.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
            if key.utf8.allSatisfy(\.isToken), isSafe {
                headers.items.append(OTLPHeaders.Header(name: key.lowercased(), value: value))
            } else {
                variables.warn(name, "holds a header with characters that HTTP does not allow, left out")
            }
        }
        return headers
    }
}

/// Builds the resource: what the process knows about itself, `OTEL_RESOURCE_ATTRIBUTES` over it, `OTEL_SERVICE_NAME` last.
enum ResourceAttributes {
    static func read(_ variables: inout TelemetryEnvironment, identity: TelemetryIdentity) -> AttributeList {
        var resource = AttributeList()
        let name = TelemetryConfiguration.defaultServiceName
        resource.set(SemanticConventions.serviceName, .string(name))
        resource.set(SemanticConventions.serviceVersion, .string(identity.version))
        resource.set(SemanticConventions.serviceInstanceID, .string(identity.instanceID))
        resource.set(SemanticConventions.hostName, .string(identity.hostName))
        resource.set(SemanticConventions.processID, .integer(Int64(identity.processID)))
        resource.set(SemanticConventions.sdkName, "notifyd")
        resource.set(SemanticConventions.sdkLanguage, "swift")
        resource.set(SemanticConventions.sdkVersion, .string(identity.version))
        for (key, value) in given(&variables) { resource.set(key, .string(value)) }
        if let name = variables.string("OTEL_SERVICE_NAME") {
            resource.set(SemanticConventions.serviceName, .string(name))
        }
        return resource
    }

    /// One bad pair spoils the whole variable: so the resource SDK's specification wants it.
    private static func given(_ variables: inout TelemetryEnvironment) -> [(key: String, value: String)] {
        let name = "OTEL_RESOURCE_ATTRIBUTES"
        guard let list = variables.string(name) else { return [] }
        guard let pairs = KeyValueList.parse(list) else {
            variables.warn(name, "is no list of key=value with percent-encoding, ignored")
            return []
        }
        return pairs
    }
}

/// `key1=value1,key2=value2` with percent-encoded values: the form of resource attributes and of OTLP headers.
enum KeyValueList {
    /// - Returns: nil when a pair lacks its key or equals sign, or its encoding is broken.
    static func parse(_ list: String) -> [(key: String, value: String)]? {
        var pairs: [(key: String, value: String)] = []
        for part in list.utf8.split(separator: UInt8(ascii: ",")) {
            let pair = part.trimmingOptionalWhitespace()
            if pair.isEmpty { continue }
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")),
                let key = PercentEncoding.decode(pair[..<equals].trimmingOptionalWhitespace()), !key.isEmpty,
                let value = PercentEncoding.decode(pair[pair.index(after: equals)...].trimmingOptionalWhitespace())
            else { return nil }
            pairs.append((key, value))
        }
        return pairs
    }
}

/// Where and how spans are sent (`OTEL_EXPORTER_OTLP_*`).
public struct OTLPSettings: Sendable, Equatable {
    /// The full URL, `/v1/traces` included.
    public var url: String
    public var headers = OTLPHeaders()
    /// One request, at most.
    public var timeout: Duration = .seconds(10)
    public var compression = Compression.none
    /// PEM file of the CAs to trust; nil: the system's.
    public var certificateFile: String?

    public init(url: String) {
        self.url = url
    }

    public enum Compression: Sendable, Equatable {
        case none
        case gzip
    }
}

/// Request headers that often hold a collector's token: they print as `***`.
public struct OTLPHeaders: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    public struct Header: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    public internal(set) var items: [Header] = []

    public init() {}

    public var description: String { items.map { "\($0.name): ***" }.joined(separator: ", ") }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

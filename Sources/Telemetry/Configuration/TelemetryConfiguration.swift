/// What the `OTEL_*` variables come to: every question answered, nothing left that could fail.
public struct TelemetryConfiguration: Sendable, Equatable {
    /// nil: no spans go to a collector.
    public var otlp: OTLPSettings?
    /// Whether finished traces are printed on standard output.
    public var printsTraces = false
    public var sampler = Sampler.parentBased(root: .alwaysOn)
    public var propagators: Propagators = [.traceContext, .baggage]
    public var batch = BatchSettings()
    public var limits = SpanLimits()
    /// `service.name` and the others that every span of this process is sent with.
    public var resource = AttributeList()
    /// What was set and could not be used, for the daemon to log; never a header's value.
    public var warnings: [TelemetryWarning] = []

    public init() {}

    /// `service.name`, which the log lines carry too.
    public var serviceName: String {
        guard case .string(let name) = resource[SemanticConventions.serviceName] else { return Self.defaultServiceName }
        return name
    }

    public static let defaultServiceName = "notifications-service"
}

/// One setting that was ignored or is used against better advice, in a line that names the variable.
public struct TelemetryWarning: Sendable, Hashable, CustomStringConvertible {
    public let variable: String
    public let reason: String

    public var description: String { "\(variable): \(reason)" }
}

/// What the process knows about itself, for the resource.
public struct TelemetryIdentity: Sendable, Equatable {
    public var version: String
    /// Unique to this run of the process.
    public var instanceID: String
    public var hostName: String
    public var processID: Int32

    public init(version: String, instanceID: String, hostName: String, processID: Int32) {
        self.version = version
        self.instanceID = instanceID
        self.hostName = hostName
        self.processID = processID
    }
}

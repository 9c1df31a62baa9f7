extension TelemetryConfiguration {
    /// Reads the `OTEL_*` variables; whatever is wrong in them becomes a warning, never an error.
    ///
    /// - Parameters:
    ///   - credential: the content of a credential file by its name, e.g. `otel_exporter_otlp_headers`.
    ///   - isPlaintextAllowed: whether a host that is not loopback may be sent headers over `http://`.
    public init(
        environment: [String: String],
        identity: TelemetryIdentity,
        credential: @escaping (String) -> String? = { _ in nil },
        isPlaintextAllowed: (String) -> Bool = { _ in false }
    ) {
        self.init()
        var variables = TelemetryEnvironment(environment, credential: credential)
        resource = ResourceAttributes.read(&variables, identity: identity)
        propagators = Self.propagators(&variables)
        if !variables.boolean("OTEL_SDK_DISABLED") {
            sampler = Self.sampler(&variables)
            batch = Self.batch(&variables)
            let exporters = Self.exporters(&variables)
            printsTraces = exporters.contains(.console)
            if exporters.contains(.otlp) {
                otlp = OTLPSettings.read(&variables, isPlaintextAllowed: isPlaintextAllowed)
            }
        }
        warnings = variables.warnings
    }

    private enum Exporter: String {
        case otlp
        case console
        case none
    }

    /// Without the variable: `otlp` where an endpoint is set.
    private static func exporters(_ variables: inout TelemetryEnvironment) -> [Exporter] {
        let name = "OTEL_TRACES_EXPORTER"
        guard let list = variables.string(name) else {
            return variables.first(OTLPSettings.endpointVariables) == nil ? [] : [.otlp]
        }
        var exporters: [Exporter] = []
        for item in items(list) {
            if let exporter = Exporter(rawValue: item) {
                exporters.append(exporter)
            } else {
                variables.warn(name, "\"\(shown(item))\" is none of otlp, console, none; ignored")
            }
        }
        return exporters
    }

    private static func propagators(_ variables: inout TelemetryEnvironment) -> Propagators {
        let name = "OTEL_PROPAGATORS"
        guard let list = variables.string(name) else { return [.traceContext, .baggage] }
        var propagators: Propagators = []
        for item in items(list) {
            switch item {
            case "tracecontext": propagators.insert(.traceContext)
            case "baggage": propagators.insert(.baggage)
            case "none": break
            default: variables.warn(name, "\"\(shown(item))\" is none of tracecontext, baggage, none; ignored")
            }
        }
        return propagators
    }

    private static func sampler(_ variables: inout TelemetryEnvironment) -> Sampler {
        let name = "OTEL_TRACES_SAMPLER"
        switch variables.string(name)?.lowercased() {
        case nil, "parentbased_always_on": return .parentBased(root: .alwaysOn)
        case "parentbased_always_off": return .parentBased(root: .alwaysOff)
        case "parentbased_traceidratio": return .parentBased(root: .ratio(ratio(&variables)))
        case "always_on": return .alwaysOn
        case "always_off": return .alwaysOff
        case "traceidratio": return .ratio(ratio(&variables))
        case .some(let other):
            variables.warn(name, "\"\(shown(other))\" is no sampler of ours; parentbased_always_on is used")
            return .parentBased(root: .alwaysOn)
        }
    }

    private static func ratio(_ variables: inout TelemetryEnvironment) -> Double {
        let name = "OTEL_TRACES_SAMPLER_ARG"
        guard let text = variables.string(name) else { return 1 }
        guard let share = Double(text), (0...1).contains(share) else {
            variables.warn(name, "\"\(shown(text))\" is no share from 0 to 1; 1 is used")
            return 1
        }
        return share
    }

    private static func batch(_ variables: inout TelemetryEnvironment) -> BatchSettings {
        var batch = BatchSettings()
        if let delay = variables.milliseconds(["OTEL_BSP_SCHEDULE_DELAY"], minimum: 0) { batch.scheduleDelay = delay }
        if let timeout = variables.milliseconds(["OTEL_BSP_EXPORT_TIMEOUT"], minimum: 1) {
            batch.exportTimeout = timeout
        }
        if let size = variables.integer(["OTEL_BSP_MAX_QUEUE_SIZE"], minimum: 1) {
            batch.maximumQueueSize = min(size, BatchSettings.largestQueue)
            if size > BatchSettings.largestQueue {
                variables.warn("OTEL_BSP_MAX_QUEUE_SIZE", "is above \(BatchSettings.largestQueue), which is used")
            }
        }
        let name = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
        let size = variables.integer([name], minimum: 1)
        if let size, size > batch.maximumQueueSize {
            variables.warn(name, "is above the queue's size, \(batch.maximumQueueSize), which is used")
        }
        batch.maximumBatchSize = min(size ?? batch.maximumBatchSize, batch.maximumQueueSize)
        return batch
    }

    private static func items(_ list: String) -> [String] {
        list.split(separator: ",").map { String(Substring($0.utf8.trimmingOptionalWhitespace())).lowercased() }
    }

    private static func shown(_ text: String) -> String {
        TextEscaping.escaped(text.prefix(utf8Bytes: 40))
    }
}

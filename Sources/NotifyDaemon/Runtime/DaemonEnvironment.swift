import FoundationEssentials
import Logging
import Reactor
import Telemetry
import Transfer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the daemon stands on: reactor, transfers, log and tracing, made of the configuration before anything connects.
struct DaemonEnvironment: Sendable {
    let wiring: Wiring
    let logs: LogBackend
    let telemetry: Telemetry
    /// A fresh UUID: names this process among replicas, in traces and in ids taken back.
    let instanceID: String

    /// Where log lines and console traces go: the daemon's to standard output, a command's beside its result.
    enum LogOutput: Int32 {
        case standardOutput = 1
        case standardError = 2
    }

    init(_ loaded: LoadedConfiguration, logsTo output: LogOutput) throws {
        let configuration = loaded.configuration
        let reactor = Reactor()
        instanceID = UUIDv7.generate().uuidString.lowercased()
        let engine = try TransferEngine(
            reactor: reactor,
            userAgent: "\(Wiring.product)/\(NotifydVersion.current)",
            maximumConnections: configuration.maximumTransfers
        )
        wiring = Wiring(configuration: configuration, reactor: reactor, engine: engine)
        let identity = TelemetryIdentity(
            version: NotifydVersion.current,
            instanceID: instanceID,
            hostName: ProcessInfo.processInfo.hostName,
            processID: getpid()
        )
        let tracing = TelemetryConfiguration(
            environment: loaded.openTelemetry,
            identity: identity,
            isPlaintextAllowed: { configuration.tls.allowPlaintext.contains($0.lowercased()) }
        )
        let writer = LineWriter(descriptor: output.rawValue)
        logs = LogBackend(
            service: tracing.serviceName,
            style: LogStyle(
                configuration.log.format,
                output: OutputKind(descriptor: output.rawValue),
                environment: ProcessInfo.processInfo.environment
            ),
            levels: configuration.log.levels,
            writer: writer
        )
        telemetryWarnings = tracing.warnings.map { "\($0)" }
        telemetry = Telemetry(
            configuration: tracing,
            reactor: reactor,
            transport: TransferSpanTransport(engine: engine, certificateFile: tracing.otlp?.certificateFile),
            log: logs.logger(.otlp),
            writer: writer
        )
        self.writer = writer
        // The daemon has a line that comes first.
        if output == .standardError { warnOfTelemetry() }
    }

    private let writer: LineWriter
    private let telemetryWarnings: [String]

    /// Says which `OTEL_…` variables cannot be used, or should not.
    func warnOfTelemetry() {
        let logger = logs.logger(.otlp)
        for warning in telemetryWarnings {
            logger.warning("telemetry setting", metadata: ["error": .string(warning)])
        }
    }

    /// Waits until every line is out; the process ends after it.
    func flushLog() {
        _ = writer.flush(timeout: .seconds(2))
    }
}

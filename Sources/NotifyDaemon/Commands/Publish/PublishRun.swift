import Broker
import FoundationEssentials
import Reactor
import Telemetry
import Tracing

/// One run of `notifyd publish`: as many events as asked for, at the rate asked for, each confirmed.
struct PublishRun: Sendable {
    let type: String
    let source: EventSource
    let count: Int
    let rate: Double?
    /// A JSON line for each event.
    let printsEach: Bool

    /// Confirms that may be under way at once.
    private static let window = 256

    /// - Returns: what was done, in a line.
    func execute(_ loaded: LoadedConfiguration) async throws -> String {
        try await withProgress("publishing", total: count, json: printsEach) { progress in
            try await execute(loaded, progress)
        }
    }

    private func execute(_ loaded: LoadedConfiguration, _ progress: ProgressBar) async throws -> String {
        let environment = try DaemonEnvironment(loaded, logsTo: .standardError)
        let publisher = ConfirmedPublisher(
            configuration: environment.wiring.broker(eventTypes: []),
            reactor: environment.wiring.reactor,
            onBlocked: { reason in
                let words = reason.map { "the broker takes no messages now, waiting: \(PrintableText.escaped($0))" }
                progress.note("notifyd: \(words ?? "the broker takes messages again")")
            }
        )
        try await publisher.connect()
        let start = ContinuousClock.now
        var lastID = ""
        do {
            lastID = try await publishAll(publisher, environment, progress, from: start)
        } catch {
            await end(publisher, environment)
            throw error
        }
        let duration = ContinuousClock.now - start
        await end(publisher, environment)
        let exchange = loaded.configuration.rabbitmq.exchange
        if count == 1 { return "published \(type) to \(exchange), confirmed; message_id \(lastID)" }
        let perSecond = Int(Double(count) / max(duration.seconds, 0.001))
        let events = "\(CountText.grouped(count)) \(type) events"
        return "published \(events) to \(exchange), all confirmed, \(CountText.grouped(perSecond)) a second"
    }

    private func end(_ publisher: ConfirmedPublisher, _ environment: DaemonEnvironment) async {
        await publisher.close()
        await environment.telemetry.shutdown(timeout: .seconds(5))
        environment.flushLog()
    }

    /// - Returns: the last event's message id.
    private func publishAll(
        _ publisher: ConfirmedPublisher,
        _ environment: DaemonEnvironment,
        _ progress: ProgressBar,
        from start: ContinuousClock.Instant
    ) async throws -> String {
        var lastID = ""
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                if index >= Self.window { try await group.next() }
                if let rate {
                    try await Task.sleep(until: start + .seconds(Double(index) / rate), clock: .continuous)
                }
                let event = PublishedEvent(type: type, source: source, exchange: exchange(environment))
                lastID = event.messageID
                group.addTask {
                    try await publish(event, publisher, environment.telemetry.tracer)
                    progress.advance()
                }
            }
            try await group.waitForAll()
        }
        return lastID
    }

    private func exchange(_ environment: DaemonEnvironment) -> String {
        environment.wiring.configuration.rabbitmq.exchange
    }

    private func publish(_ event: PublishedEvent, _ publisher: ConfirmedPublisher, _ tracer: TelemetryTracer)
        async throws
    {
        var headers: [String: String] = [:]
        let span = tracer.isRecording ? event.startSpan(tracer) : nil
        if let span { tracer.inject(span.context, into: &headers, using: HeaderCarrier()) }
        do {
            try await publisher.publish(event.message(headers: headers))
        } catch {
            span?.setStatus(SpanStatus(code: .error, message: error.description))
            span?.end()
            throw error
        }
        span?.end()
        if printsEach {
            StandardStreams.print(
                try JSONOutput.line(event.report(traceID: span?.context.spanContext?.traceID.description))
            )
        }
    }
}

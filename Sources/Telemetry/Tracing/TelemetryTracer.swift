import Tracing

/// Starts spans and carries their context in and out of headers: the backend of swift-distributed-tracing.
///
/// Pass it by constructor; `InstrumentationSystem.bootstrap` would take it too.
public final class TelemetryTracer: Tracer {
    public let sampler: Sampler
    public let propagators: Propagators
    private let limits: SpanLimits
    private let ids: IDSource
    private let processors: [any SpanProcessor]
    private let onEnd: @Sendable (FinishedSpan) -> Void

    public init(
        sampler: Sampler = .parentBased(root: .alwaysOn),
        propagators: Propagators = [.traceContext, .baggage],
        limits: SpanLimits = SpanLimits(),
        ids: IDSource = IDSource(),
        processors: [any SpanProcessor] = []
    ) {
        self.sampler = sampler
        self.propagators = propagators
        self.limits = limits
        self.ids = ids
        self.processors = processors
        onEnd = { span in
            for processor in processors { processor.ended(span) }
        }
    }

    /// Whether any span is recorded at all: without processors spans still carry ids, for the logs and onward headers.
    public var isRecording: Bool { !processors.isEmpty }

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> ServiceContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> TelemetrySpan {
        start(operationName, in: context(), ofKind: kind, at: instant().nanosecondsSinceEpoch)
    }

    /// The same with an instant that was measured before, in nanoseconds since 1970, UTC.
    public func start(_ name: String, in base: ServiceContext, ofKind kind: SpanKind, at start: UInt64) -> TelemetrySpan
    {
        let parent = base.spanContext
        let traceID = parent?.traceID ?? ids.traceID()
        let isSampled = sampler.isSampled(traceID: traceID, parent: parent)
        var flags = parent?.flags ?? []
        if isSampled { flags.insert(.sampled) } else { flags.remove(.sampled) }
        let context = SpanContext(
            traceID: traceID,
            spanID: ids.spanID(),
            flags: flags,
            state: parent?.state ?? TraceState()
        )
        return TelemetrySpan(
            FinishedSpan(context: context, parent: parent, name: name, kind: kind, start: start, end: start),
            base: base,
            limits: limits,
            finish: isSampled && isRecording ? onEnd : nil
        )
    }

    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout ServiceContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {
        propagators.extract(carrier, into: &context, using: extractor)
    }

    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {
        propagators.inject(context, into: &carrier, using: injector)
    }

    /// Asks for what ended so far to be exported soon, and returns at once; `Telemetry.forceFlush` waits for it.
    public func forceFlush() {
        for processor in processors { processor.startFlush() }
    }
}

/// What happens with a span when it has ended; called on whatever thread ended it, so it must be quick.
public protocol SpanProcessor: Sendable {
    func ended(_ span: FinishedSpan)
    /// Begins to hand on what is waiting, and returns at once.
    func startFlush()
    /// - Returns: whether all that had ended before the call was handed on within `timeout`.
    func flush(timeout: Duration) async -> Bool
    /// Hands on what is waiting, within `timeout`; what ends later is dropped and counted.
    func shutdown(timeout: Duration) async
}

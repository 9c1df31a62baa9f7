import Synchronization
import Tracing

/// One running operation; ended once, it becomes a `FinishedSpan` and goes to the processors.
///
/// What is set after the end, or on a span that is not sampled, is ignored. Safe from any thread.
public final class TelemetrySpan: Tracing.Span {
    /// This span's own identity, for logs, rows and children.
    public let spanContext: SpanContext
    private let base: ServiceContext
    private let limits: SpanLimits
    /// nil: not recorded.
    private let finish: (@Sendable (FinishedSpan) -> Void)?
    private let state: Mutex<State>

    private struct State {
        var span: FinishedSpan
        var isEnded = false
    }

    init(
        _ span: FinishedSpan,
        base: ServiceContext,
        limits: SpanLimits,
        finish: (@Sendable (FinishedSpan) -> Void)?
    ) {
        spanContext = span.context
        self.base = base
        self.limits = limits
        self.finish = finish
        state = Mutex(State(span: span))
    }

    /// The context it was started in with this span as the current one.
    public var context: ServiceContext {
        var context = base
        context.spanContext = spanContext
        return context
    }

    public var isRecording: Bool {
        finish != nil && state.withLock { !$0.isEnded }
    }

    public var operationName: String {
        get { state.withLock { $0.span.name } }
        set { change { $0.name = newValue } }
    }

    /// Sets one attribute without the detour by a dictionary that `attributes` takes.
    public func set(_ key: String, _ value: AttributeValue) {
        change { $0.attributes.set(key, value, limits: limits) }
    }

    /// Sets several at the cost of one lock.
    public func set(_ attributes: (String, AttributeValue)...) {
        change { span in
            for (key, value) in attributes { span.attributes.set(key, value, limits: limits) }
        }
    }

    /// The tracing API's view; `set` is cheaper.
    public var attributes: SpanAttributes {
        get { state.withLock { $0.span.attributes.spanAttributes } }
        set { change { $0.attributes.replace(with: newValue, limits: limits) } }
    }

    /// An error after `ok` is ignored: `ok` is final in OpenTelemetry.
    public func setStatus(_ status: SpanStatus) {
        change { span in
            guard span.status != .ok else { return }
            switch status.code {
            case .ok: span.status = .ok
            case .error: span.status = .error((status.message ?? "").prefix(utf8Bytes: limits.attributeValueLength))
            }
        }
    }

    /// Marks the span as failed: `error.type` and the status, as the contract asks for both.
    ///
    /// - Parameter message: for people; no address, no token.
    public func fail(_ errorType: String, message: String? = nil) {
        set(SemanticConventions.errorType, .string(errorType))
        setStatus(SpanStatus(code: .error, message: message))
    }

    public func addEvent(_ event: SpanEvent) {
        change { span in
            guard span.events.count < limits.eventCount else {
                span.droppedEvents += 1
                return
            }
            span.events.append(
                FinishedSpan.Event(
                    name: event.name,
                    time: event.nanosecondsSinceEpoch,
                    attributes: AttributeList(event.attributes, limits: limits.ofEvent)
                )
            )
        }
    }

    /// Records the error's type only: its text may hold an address, and those are in no span. Who knows the text to be
    /// clean passes it as the attribute `exception.message`.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error,
        attributes: SpanAttributes,
        at instant: @autoclosure () -> Instant
    ) {
        guard finish != nil else { return }
        var attributes = attributes
        attributes.set(SemanticConventions.exceptionType, value: .string(String(reflecting: type(of: error))))
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    /// A link to a context that names no span is ignored.
    public func addLink(_ link: SpanLink) {
        guard let target = link.context.spanContext else { return }
        addLink(to: target, attributes: AttributeList(link.attributes, limits: limits.ofEvent))
    }

    public func addLink(to target: SpanContext, attributes: AttributeList = AttributeList()) {
        change { span in
            guard span.links.count < limits.linkCount else {
                span.droppedLinks += 1
                return
            }
            span.links.append(FinishedSpan.Link(context: target, attributes: attributes))
        }
    }

    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard let finish else { return }
        let now = instant().nanosecondsSinceEpoch
        let finished: FinishedSpan? = state.withLock { state in
            guard !state.isEnded else { return nil }
            state.isEnded = true
            state.span.end = max(now, state.span.start)
            return state.span
        }
        if let finished { finish(finished) }
    }

    private func change(_ body: (inout FinishedSpan) -> Void) {
        guard finish != nil else { return }
        state.withLock { state in
            if !state.isEnded { body(&state.span) }
        }
    }
}

import Tracing

/// Which headers carry the trace context from process to process (`OTEL_PROPAGATORS`).
public struct Propagators: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `traceparent` and `tracestate`.
    public static let traceContext = Propagators(rawValue: 1)
    /// `baggage`.
    public static let baggage = Propagators(rawValue: 2)

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout ServiceContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {
        if contains(.traceContext), let parent = extractor.extract(key: "traceparent", from: carrier),
            let remote = TraceParent.parse(parent)
        {
            var remote = remote
            if let state = extractor.extract(key: "tracestate", from: carrier) {
                remote.state = TraceState(header: state)
            }
            context.spanContext = remote
        }
        if contains(.baggage), let header = extractor.extract(key: "baggage", from: carrier) {
            let baggage = Baggage(header: header)
            if !baggage.isEmpty { context.baggage = baggage }
        }
    }

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {
        if contains(.traceContext), let span = context.spanContext {
            injector.inject(TraceParent.header(for: span), forKey: "traceparent", into: &carrier)
            if !span.state.header.isEmpty {
                injector.inject(span.state.header, forKey: "tracestate", into: &carrier)
            }
        }
        if contains(.baggage), let baggage = context.baggage, !baggage.isEmpty {
            injector.inject(baggage.header, forKey: "baggage", into: &carrier)
        }
    }
}

/// Reads and writes the headers in a dictionary: those of a message, and those kept with a parked one.
public struct HeaderCarrier: Extractor, Injector {
    public init() {}

    public func extract(key: String, from carrier: [String: String]) -> String? {
        carrier[key]
    }

    public func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key] = value
    }
}

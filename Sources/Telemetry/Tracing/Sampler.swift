/// Decides when a span starts whether its trace is recorded (`OTEL_TRACES_SAMPLER`).
public indirect enum Sampler: Sendable, Equatable {
    case alwaysOn
    case alwaysOff
    /// This share of traces, 0 to 1, by the trace id: all processes with the same share decide alike.
    case ratio(Double)
    /// What the parent decided; without a parent, what `root` says.
    case parentBased(root: Sampler)

    public func isSampled(traceID: TraceID, parent: SpanContext?) -> Bool {
        switch self {
        case .alwaysOn: true
        case .alwaysOff: false
        case .ratio(let share): Self.isWithin(share, traceID)
        case .parentBased(let root): parent?.isSampled ?? root.isSampled(traceID: traceID, parent: nil)
        }
    }

    /// The same arithmetic as the SDKs for Go and Java, on the id's last 63 bits.
    private static func isWithin(_ share: Double, _ traceID: TraceID) -> Bool {
        if share >= 1 { return true }
        guard share > 0 else { return false }
        return traceID.low >> 1 < UInt64(share * 0x1p63)
    }
}

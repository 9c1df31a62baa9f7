import Tracing

/// What a span is known by in other processes: its trace, itself, and whether it is recorded.
public struct SpanContext: Sendable, Hashable {
    public var traceID: TraceID
    public var spanID: SpanID
    public var flags: TraceFlags
    /// Other vendors' state, handed on as it came (W3C Trace Context §3.3).
    public var state: TraceState
    /// Whether it came from another process.
    public var isRemote: Bool

    public init(
        traceID: TraceID,
        spanID: SpanID,
        flags: TraceFlags = [],
        state: TraceState = TraceState(),
        isRemote: Bool = false
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
        self.state = state
        self.isRemote = isRemote
    }

    public var isSampled: Bool { flags.contains(.sampled) }
}

/// The eight bits of W3C Trace Context §3.2.2.
public struct TraceFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The caller may have recorded this trace.
    public static let sampled = TraceFlags(rawValue: 0x01)
    /// The right-most 7 bytes of the trace id are random (level 2); handed on, never set here.
    public static let random = TraceFlags(rawValue: 0x02)
    /// What this version of the standard defines; the others are cleared on the way in.
    static let known: TraceFlags = [.sampled, .random]

    /// Two lower-case hexadecimal digits, as logs and headers show them.
    public var text: String { Hexadecimal.text(rawValue) }
}

private enum SpanContextKey: ServiceContextKey {
    typealias Value = SpanContext
}

extension ServiceContext {
    /// The span that is current here, or the remote one that the next span continues.
    public var spanContext: SpanContext? {
        get { self[SpanContextKey.self] }
        set { self[SpanContextKey.self] = newValue }
    }
}

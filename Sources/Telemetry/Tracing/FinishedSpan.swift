import Tracing

/// A span after its end, as exporters see it: a value that nothing changes any more.
public struct FinishedSpan: Sendable, Equatable {
    public var context: SpanContext
    public var parent: SpanContext?
    public var name: String
    public var kind: SpanKind
    /// Nanoseconds since 1970, UTC; the end is never before the start.
    public var start: UInt64
    public var end: UInt64
    public var attributes = AttributeList()
    public var events: [Event] = []
    public var droppedEvents = 0
    public var links: [Link] = []
    public var droppedLinks = 0
    public var status: Status = .unset

    public init(
        context: SpanContext,
        parent: SpanContext? = nil,
        name: String,
        kind: SpanKind,
        start: UInt64,
        end: UInt64
    ) {
        self.context = context
        self.parent = parent
        self.name = name
        self.kind = kind
        self.start = start
        self.end = end
    }

    public struct Event: Sendable, Equatable {
        public var name: String
        /// Nanoseconds since 1970, UTC.
        public var time: UInt64
        public var attributes = AttributeList()
    }

    public struct Link: Sendable, Equatable {
        public var context: SpanContext
        public var attributes = AttributeList()
    }

    /// OpenTelemetry's three; `ok` is final, an error's description is for people.
    public enum Status: Sendable, Equatable {
        case unset
        case ok
        case error(String)
    }

    /// Whether this process has no span above it: a trace's own root, or the first span under a remote parent.
    public var isLocalRoot: Bool { parent?.isRemote ?? true }
}

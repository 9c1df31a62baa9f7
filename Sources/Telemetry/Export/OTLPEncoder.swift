import Tracing

/// Turns spans into the bytes of an OTLP `ExportTraceServiceRequest`.
///
/// Field numbers and types are those of opentelemetry-proto 1.x: collector.trace.v1, trace.v1, common.v1, resource.v1.
struct OTLPEncoder: Sendable {
    private let resource: AttributeList
    private let scopeName: String
    private let scopeVersion: String

    /// What a span of ours takes on the wire, about: the request's bytes are seldom moved while it grows.
    private static let typicalSpanSize = 400

    /// - Parameter scopeVersion: this program's.
    init(resource: AttributeList, scopeName: String, scopeVersion: String) {
        self.resource = resource
        self.scopeName = scopeName
        self.scopeVersion = scopeVersion
    }

    func request(_ spans: some Collection<FinishedSpan>) -> [UInt8] {
        var writer = ProtobufWriter(capacity: spans.count * Self.typicalSpanSize + 1024)
        writer.message(1) { resourceSpans in
            resourceSpans.message(1) { Self.attributes(1, resource, to: &$0) }
            resourceSpans.message(2) { scopeSpans in
                scopeSpans.message(1) { scope in
                    scope.string(1, scopeName)
                    scope.optionalString(2, scopeVersion)
                }
                for span in spans { scopeSpans.message(2) { Self.write(span, to: &$0) } }
                scopeSpans.string(3, SemanticConventions.schemaURL)
            }
            resourceSpans.string(3, SemanticConventions.schemaURL)
        }
        return writer.bytes
    }

    private static func write(_ span: FinishedSpan, to message: inout ProtobufWriter) {
        message.bigEndian(1, span.context.traceID.high, span.context.traceID.low)
        message.bigEndian(2, span.context.spanID.value)
        message.optionalString(3, span.context.state.header)
        if let parent = span.parent { message.bigEndian(4, parent.spanID.value) }
        message.string(5, span.name)
        message.varint(6, kind(span.kind))
        message.fixed64(7, span.start)
        message.fixed64(8, span.end)
        attributes(9, span.attributes, to: &message)
        message.optionalCount(10, span.attributes.droppedCount)
        for event in span.events { message.message(11) { write(event, to: &$0) } }
        message.optionalCount(12, span.droppedEvents)
        for link in span.links { message.message(13) { write(link, to: &$0) } }
        message.optionalCount(14, span.droppedLinks)
        write(span.status, to: &message)
        message.fixed32(16, flags(span.context.flags, isRemote: span.parent?.isRemote ?? false))
    }

    private static func write(_ event: FinishedSpan.Event, to message: inout ProtobufWriter) {
        message.fixed64(1, event.time)
        message.string(2, event.name)
        attributes(3, event.attributes, to: &message)
        message.optionalCount(4, event.attributes.droppedCount)
    }

    private static func write(_ link: FinishedSpan.Link, to message: inout ProtobufWriter) {
        message.bigEndian(1, link.context.traceID.high, link.context.traceID.low)
        message.bigEndian(2, link.context.spanID.value)
        message.optionalString(3, link.context.state.header)
        attributes(4, link.attributes, to: &message)
        message.optionalCount(5, link.attributes.droppedCount)
        message.fixed32(6, flags(link.context.flags, isRemote: link.context.isRemote))
    }

    /// `Status`: message = 2, code = 3 with OK = 1 and ERROR = 2; unset is no status at all.
    private static func write(_ status: FinishedSpan.Status, to message: inout ProtobufWriter) {
        switch status {
        case .unset: return
        case .ok: message.message(15) { $0.varint(3, 1) }
        case .error(let text):
            message.message(15) {
                $0.optionalString(2, text)
                $0.varint(3, 2)
            }
        }
    }

    private static func kind(_ kind: SpanKind) -> UInt64 {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }

    /// Bits 0 to 7 are W3C's; bit 8 says that bit 9 is meaningful, bit 9 that the parent, or the link's target, is in
    /// another process.
    private static func flags(_ flags: TraceFlags, isRemote: Bool) -> UInt32 {
        UInt32(flags.rawValue) | 0x100 | (isRemote ? 0x200 : 0)
    }

    /// `KeyValue`: key = 1, value = 2.
    private static func attributes(_ field: UInt64, _ list: AttributeList, to message: inout ProtobufWriter) {
        for item in list.items {
            message.message(field) { keyValue in
                keyValue.string(1, item.key)
                keyValue.message(2) { write(item.value, to: &$0) }
            }
        }
    }

    /// `AnyValue`: a oneof, so that a value is written even where it is zero or empty.
    private static func write(_ value: AttributeValue, to message: inout ProtobufWriter) {
        switch value {
        case .string(let value): message.string(1, value)
        case .boolean(let value): message.varint(2, value ? 1 : 0)
        case .integer(let value): message.varint(3, UInt64(bitPattern: value))
        case .double(let value): message.fixed64(4, value.bitPattern)
        case .array(let values):
            message.message(5) { array in
                for value in values { array.message(1) { write(value, to: &$0) } }
            }
        }
    }
}

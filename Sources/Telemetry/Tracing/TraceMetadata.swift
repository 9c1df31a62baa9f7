import Logging
import Tracing

extension SpanContext {
    /// `trace_id`, `span_id` and `trace_flags` for a log line about this span.
    public var logMetadata: Logger.Metadata {
        [
            "trace_id": .string(traceID.description),
            "span_id": .string(spanID.description),
            "trace_flags": .string(flags.text),
        ]
    }
}

extension Logger.MetadataProvider {
    /// Adds the current task's span to each log line; what a line states itself wins.
    public static var currentSpan: Logger.MetadataProvider {
        Logger.MetadataProvider { ServiceContext.current?.spanContext?.logMetadata ?? [:] }
    }
}

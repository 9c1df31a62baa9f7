/// The `traceparent` header of W3C Trace Context §3.2, both ways.
public enum TraceParent {
    /// Version, trace id, span id and flags with the dashes between them, in bytes.
    static let length = 55

    /// Reads a header that came from outside.
    ///
    /// - Returns: nil for anything the standard calls invalid: version `ff`, other lengths, upper case, an id of zeros. A
    ///   later version is read by the first 55 bytes, as §3.2.4 asks.
    public static func parse(_ header: String, state: TraceState = TraceState()) -> SpanContext? {
        let bytes = Array(header.utf8.trimmingOptionalWhitespace().prefix(256))
        guard bytes.count >= length,
            [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
            let version = Hexadecimal.parse(bytes[0..<2]), version != 0xFF,
            let high = Hexadecimal.parse(bytes[3..<19]),
            let low = Hexadecimal.parse(bytes[19..<35]),
            let span = Hexadecimal.parse(bytes[36..<52]),
            let flags = Hexadecimal.parse(bytes[53..<55])
        else { return nil }
        guard bytes.count == length || (version > 0 && bytes[length] == UInt8(ascii: "-")) else { return nil }
        let context = SpanContext(
            traceID: TraceID(high: high, low: low),
            spanID: SpanID(span),
            flags: TraceFlags(rawValue: UInt8(truncatingIfNeeded: flags)).intersection(.known),
            state: state,
            isRemote: true
        )
        return context.traceID.isValid && context.spanID.isValid ? context : nil
    }

    /// The header for a call on from `context`, in version `00`.
    public static func header(for context: SpanContext) -> String {
        "00-\(context.traceID)-\(context.spanID)-\(context.flags.text)"
    }
}

/// What a collector says beyond "200": `ExportTraceServiceResponse` of opentelemetry-proto's collector.trace.v1.
struct OTLPResponse: Equatable {
    /// Spans that the collector refused; never negative.
    var rejectedSpans: Int64 = 0
    /// Why, for people; may come without any refused span.
    var errorMessage = ""

    init() {}

    /// - Returns: nil when the bytes are no protobuf message.
    init?(_ body: [UInt8]) {
        var response = ProtobufReader(body[...])
        while let (field, value) = response.next() {
            // partial_success = 1
            guard field == 1, case .bytes(let bytes) = value else { continue }
            var partial = ProtobufReader(bytes)
            while let part = partial.next() {
                switch part {
                // rejected_spans = 1, an int64
                case (1, .varint(let count)): rejectedSpans = max(Int64(bitPattern: count), 0)
                // error_message = 2
                case (2, .bytes(let text)): errorMessage = String(decoding: text, as: UTF8.self)
                default: continue
                }
            }
            if partial.isBroken { return nil }
        }
        if response.isBroken { return nil }
    }
}

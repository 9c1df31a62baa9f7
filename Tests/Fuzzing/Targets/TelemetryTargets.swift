import Tracing

@testable import Telemetry

extension FuzzTarget {
    /// `traceparent`, `tracestate` and `baggage` of strangers: refused or understood, and what goes on is valid.
    static var traceHeaders: FuzzTarget {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let mutator = ByteMutator(
            dictionary: [
                "-", "00", "ff", "=", ",", ";", "@", " ", "\t", "%20", "%zz", "a=b", "0000000000000000", "A", "\u{0}",
            ],
            maximumSize: 40_000
        )
        return FuzzTarget("trace-headers", weight: 800) { random in
            let seeds = [parent, "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7", "userId=alice,isProd=false;meta=1"]
            return seeds.map { seed in
                var bytes = Array(seed.utf8)
                if random.once(in: 12) {
                    bytes += repeatElement(Array(",k=v".utf8), count: random.below(3_000)).joined()
                }
                mutator.mutate(&bytes, &random, count: random.size(upTo: 6))
                return String(decoding: bytes, as: UTF8.self)
            }
        } check: { headers in
            for header in headers {
                if let context = TraceParent.parse(header) {
                    try require(context.traceID.isValid && context.spanID.isValid, "an id of zeros")
                    let again = TraceParent.parse(TraceParent.header(for: context))
                    try require(again == context, "another context after writing and reading it")
                }
                let state = TraceState(header: header)
                try require(
                    state.header.utf8.count <= TraceState.maximumLength,
                    "a state of \(state.header.utf8.count) bytes"
                )
                try require(
                    state.header.utf8.allSatisfy { (0x20...0x7E).contains($0) },
                    "a state that is not printable"
                )
                try require(TraceState(header: state.header) == state, "another state after reading it again")
                let baggage = Baggage(header: header)
                try require(baggage.header.utf8.count <= Baggage.maximumLength, "\(baggage.header.utf8.count) bytes")
                try require(
                    baggage.header.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 9 },
                    "unprintable baggage"
                )
                try require(Baggage(header: baggage.header) == baggage, "other baggage after reading it again")
                for entry in baggage.entries { _ = baggage[entry.key] }
            }
        }
    }

    /// Any spans come out as protobuf that a reader walks to its end; any answer of a collector is read or refused.
    static var spans: FuzzTarget {
        let encoder = OTLPEncoder(resource: AttributeList(), scopeName: "notifyd", scopeVersion: "1")
        let mutator = ByteMutator(dictionary: ["\u{A}", "\u{8}", "\u{12}", "\u{FF}"])
        return FuzzTarget("spans", weight: 200) { random in
            let spans = (0..<(1 + random.below(3))).map { _ in FinishedSpan(fuzzed: &random) }
            var answer: [UInt8] = [0x0A, 6, 0x08, 3, 0x12, 2, 0x6F, 0x6B]
            mutator.mutate(&answer, &random, count: 1 + random.size(upTo: 6))
            return (spans, answer)
        } check: { (spans: [FinishedSpan], answer: [UInt8]) in
            let bytes = encoder.request(spans)
            try require(Self.topLevelFields(of: bytes[...]) == [1], "a request of other fields")
            if let response = OTLPResponse(answer) {
                try require(response.rejectedSpans >= 0, "\(response.rejectedSpans) spans rejected")
            }
        }
    }

    /// The fields of the request, its messages walked two levels down.
    private static func topLevelFields(of bytes: ArraySlice<UInt8>) throws -> [UInt64] {
        var request = ProtobufReader(bytes)
        var fields: [UInt64] = []
        while let (field, value) = request.next() {
            fields.append(field)
            guard case .bytes(let content) = value else { continue }
            var resourceSpans = ProtobufReader(content)
            // scope_spans = 2
            while let (inner, part) = resourceSpans.next() {
                guard inner == 2, case .bytes(let spans) = part else { continue }
                var scopeSpans = ProtobufReader(spans)
                while scopeSpans.next() != nil {}
                try require(!scopeSpans.isBroken, "spans that cannot be walked")
            }
            try require(!resourceSpans.isBroken, "a resource's spans that cannot be walked")
        }
        try require(!request.isBroken, "a request that cannot be walked")
        return fields
    }
}

extension FinishedSpan {
    init(fuzzed random: inout SeededRandom) {
        let text = TextGenerator.standard
        func context(_ random: inout SeededRandom) -> SpanContext {
            SpanContext(
                traceID: TraceID(high: random.next(), low: random.next()),
                spanID: SpanID(random.next()),
                flags: TraceFlags(rawValue: UInt8(truncatingIfNeeded: random.next())),
                state: TraceState(header: text.text(&random, upTo: 100)),
                isRemote: random.once(in: 2)
            )
        }
        self.init(
            context: context(&random),
            parent: random.once(in: 2) ? context(&random) : nil,
            name: text.text(&random, upTo: 100),
            kind: random.pick([.client, .server, .internal, .consumer, .producer]),
            start: random.next(),
            end: random.next()
        )
        for _ in 0..<random.size(upTo: 20) {
            attributes.set(
                text.text(&random, upTo: 20),
                random.pick([
                    .string(text.text(&random, upTo: 5_000)), .integer(Int64(bitPattern: random.next())),
                    .boolean(true),
                    .double(Double(bitPattern: random.next())), .array([.string("a"), .array([.integer(-1)])]),
                ])
            )
        }
        droppedEvents = random.below(3)
        status = random.pick([.unset, .ok, .error(text.text(&random, upTo: 100))])
    }
}

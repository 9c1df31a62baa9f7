import Testing
import Tracing

@testable import Telemetry

@Suite struct OTLPEncoderTests {
    private static let encoder: OTLPEncoder = {
        var resource = AttributeList()
        resource.set("service.name", "notifications-service")
        return OTLPEncoder(resource: resource, scopeName: "notifyd", scopeVersion: "1.2.3")
    }()

    private static let traceIDBytes: [UInt8] = [
        0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36,
    ]
    private static let parentIDBytes: [UInt8] = [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]

    /// The one span of a request, by field.
    private func encoded(_ span: FinishedSpan) throws -> ProtobufFields {
        let request = try #require(ProtobufFields(Self.encoder.request([span])))
        let scopeSpans = try #require(request.messages(1).first?.messages(2).first)
        return try #require(scopeSpans.messages(2).first)
    }

    private func full() -> FinishedSpan {
        var span = Fixtures.span("send email", id: 0x0102_0304_0506_0708, kind: .client, from: 1_000, to: 2_000)
        span.context.state = TraceState(header: "congo=t61")
        span.parent = Fixtures.remote
        span.attributes.set("text", "x")
        span.attributes.set("number", -1)
        span.attributes.set("share", 0.5)
        span.attributes.set("flag", true)
        span.attributes.set("list", .array(["a", 2]))
        span.events = [FinishedSpan.Event(name: "exception", time: 1_500)]
        span.droppedEvents = 4
        span.links = [FinishedSpan.Link(context: Fixtures.remote)]
        span.droppedLinks = 5
        span.status = .error("refused")
        return span
    }

    @Test("the request is resource, scope and spans, each with its schema URL")
    func envelope() throws {
        let request = try #require(ProtobufFields(Self.encoder.request(Fixtures.spans(3))))
        #expect(request.numbers == [1])
        let resourceSpans = try #require(request.messages(1).first)
        #expect(resourceSpans.numbers == [1, 2, 3])
        let attribute = try #require(resourceSpans.messages(1).first?.messages(1).first)
        #expect(attribute.text(1) == "service.name")
        #expect(attribute.messages(2).first?.text(1) == "notifications-service")
        #expect(resourceSpans.text(3) == "https://opentelemetry.io/schemas/1.44.0")
        let scopeSpans = try #require(resourceSpans.messages(2).first)
        #expect(scopeSpans.numbers == [1, 2, 2, 2, 3])
        #expect(scopeSpans.messages(1).first?.text(1) == "notifyd")
        #expect(scopeSpans.messages(1).first?.text(2) == "1.2.3")
    }

    @Test("a span's ids are bytes in network order, its times fixed64, its name and state text")
    func scalars() throws {
        let span = try encoded(full())
        #expect(span[1] == .bytes(Self.traceIDBytes))
        #expect(span[2] == .bytes([1, 2, 3, 4, 5, 6, 7, 8]))
        #expect(span.text(3) == "congo=t61")
        #expect(span[4] == .bytes(Self.parentIDBytes))
        #expect(span.text(5) == "send email")
        #expect(span[6] == .varint(3))
        #expect(span[7] == .fixed64(1_000))
        #expect(span[8] == .fixed64(2_000))
        #expect(span[12] == .varint(4))
        #expect(span[14] == .varint(5))
        #expect(span[16] == .fixed32(0x301))
    }

    @Test("attributes keep their order and types")
    func attributes() throws {
        let attributes = try encoded(full()).messages(9)
        #expect(attributes.map { $0.text(1) } == ["text", "number", "share", "flag", "list"])
        let values = attributes.compactMap { $0.messages(2).first }
        #expect(values.count == 5)
        #expect(values[0].text(1) == "x")
        #expect(values[1][3] == .varint(UInt64.max))
        #expect(values[2][4] == .fixed64((0.5).bitPattern))
        #expect(values[3][2] == .varint(1))
        let list = try #require(values[4].messages(5).first).messages(1)
        #expect(list.first?.text(1) == "a")
        #expect(list.last?[3] == .varint(2))
    }

    @Test("values that equal protobuf's defaults are sent all the same")
    func defaults() throws {
        var span = Fixtures.span("x")
        span.attributes.set("empty", "")
        span.attributes.set("zero", 0)
        span.attributes.set("no", false)
        let values = try encoded(span).messages(9).compactMap { $0.messages(2).first }
        #expect(values.map(\.numbers) == [[1], [3], [2]])
    }

    @Test("events, links and status are in their fields")
    func parts() throws {
        let span = try encoded(full())
        let event = try #require(span.messages(11).first)
        #expect(event[1] == .fixed64(1_500))
        #expect(event.text(2) == "exception")
        let link = try #require(span.messages(13).first)
        #expect(link[1] == .bytes(Self.traceIDBytes))
        #expect(link[2] == .bytes(Self.parentIDBytes))
        #expect(link[6] == .fixed32(0x301))
        let status = try #require(span.messages(15).first)
        #expect(status.text(2) == "refused")
        #expect(status[3] == .varint(2))
    }

    @Test("a local root has no parent and no status, and says that its parent is not remote")
    func root() throws {
        let span = try encoded(Fixtures.span("x"))
        #expect(span[4] == nil)
        #expect(span[15] == nil)
        #expect(span[16] == .fixed32(0x101))
    }

    @Test(
        "each kind has OpenTelemetry's number",
        arguments: [
            (SpanKind.internal, UInt64(1)), (.server, 2), (.client, 3), (.producer, 4), (.consumer, 5),
        ]
    )
    func kinds(kind: SpanKind, number: UInt64) throws {
        #expect(try encoded(Fixtures.span("x", kind: kind))[6] == .varint(number))
    }
}

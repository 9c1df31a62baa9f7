import Testing

@testable import Telemetry

@Suite struct ProtobufTests {
    @Test("the documentation's own examples come out byte for byte")
    func examples() {
        var writer = ProtobufWriter()
        writer.varint(1, 150)
        writer.string(2, "testing")
        writer.message(3) { $0.varint(1, 150) }
        #expect(
            writer.bytes == [0x08, 0x96, 0x01, 0x12, 0x07] + Array("testing".utf8) + [0x1A, 0x03, 0x08, 0x96, 0x01]
        )
    }

    @Test("numbers of fixed width are little-endian, ids in network byte order, negative integers ten bytes")
    func widths() {
        var writer = ProtobufWriter()
        writer.fixed32(1, 0x0403_0201)
        writer.fixed64(2, 0x0807_0605_0403_0201)
        writer.bigEndian(3, 0x0102_0304_0506_0708)
        writer.varint(4, UInt64(bitPattern: -1))
        #expect(writer.bytes[0..<5] == [0x0D, 1, 2, 3, 4])
        #expect(writer.bytes[5..<14] == [0x11, 1, 2, 3, 4, 5, 6, 7, 8])
        #expect(writer.bytes[14..<24] == [0x1A, 8, 1, 2, 3, 4, 5, 6, 7, 8])
        #expect(Array(writer.bytes[24...]) == [0x20] + [UInt8](repeating: 0xFF, count: 9) + [1])
    }

    @Test(
        "a message's length is right at every size of its varint",
        arguments: [0, 1, 126, 127, 128, 16_383, 16_384, 2_100_000]
    )
    func lengths(count: Int) throws {
        let text = String(repeating: "x", count: count)
        var writer = ProtobufWriter()
        writer.message(1) { outer in outer.message(2) { $0.string(3, text) } }
        writer.varint(4, 5)
        let fields = try #require(ProtobufFields(writer.bytes))
        #expect(fields.numbers == [1, 4])
        #expect(fields.messages(1).first?.messages(2).first?.text(3) == text)
    }

    @Test("empty strings and zero counts are left out where proto3 leaves them out")
    func optional() {
        var writer = ProtobufWriter()
        writer.optionalString(1, "")
        writer.optionalCount(2, 0)
        #expect(writer.bytes.isEmpty)
        writer.optionalCount(2, .max)
        #expect(writer.bytes == [0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F])
    }

    @Test("a response is read past fields that are not known")
    func response() {
        let unknown: [UInt8] = [0x15, 1, 2, 3, 4, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x20, 7]
        let response = OTLPResponse(
            unknown + Fixtures.partialSuccess(rejected: [0x96, 0x01], message: "old") + unknown
        )
        #expect(response?.rejectedSpans == 150)
        #expect(response?.errorMessage == "old")
        #expect(OTLPResponse([]) == OTLPResponse())
    }

    @Test(
        "broken bytes are no response, wherever they break",
        arguments: [
            [0x0A], [0x0A, 0x05, 0x08], [0x0A, 0x02, 0x08, 0x80], [0x0B], [0x80], [0x15, 1],
            [0x0A] + [UInt8](repeating: 0xFF, count: 9) + [0x01], [UInt8](repeating: 0xFF, count: 20),
        ]
    )
    func broken(bytes: [UInt8]) {
        #expect(OTLPResponse(bytes) == nil)
    }

    @Test("every cut of a good response is read or refused, never more")
    func cuts() {
        let whole = Fixtures.partialSuccess(rejected: [0x96, 0x01], message: "too old")
        for count in 1..<whole.count { #expect(OTLPResponse(Array(whole.prefix(count))) == nil) }
        #expect(OTLPResponse(whole) != nil)
    }
}

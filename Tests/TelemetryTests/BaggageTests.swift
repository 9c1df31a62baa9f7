import Testing

@testable import Telemetry

@Suite struct BaggageTests {
    @Test("members keep their encoding and properties on the way through, and values decode when asked for")
    func kept() {
        let baggage = Baggage(header: "userId=alice, serverNode=DF%2028 ;p1;p2=v , isProduction=false")
        #expect(baggage.entries.map(\.key) == ["userId", "serverNode", "isProduction"])
        #expect(baggage["serverNode"] == "DF 28")
        #expect(baggage["nobody"] == nil)
        #expect(baggage.header == "userId=alice,serverNode=DF%2028;p1;p2=v,isProduction=false")
    }

    @Test(
        "a broken member is left out, its neighbours stay",
        arguments: [
            "bad", "=bad", "b d=1", "bad=a b", "bad=\"x\"", "bad=\u{7}", "bad=ä", "bad=a\\b", "b(d=1", "bad=1;\r\nx",
        ]
    )
    func broken(member: String) {
        #expect(Baggage(header: "a=1,\(member),z=2").header == "a=1,z=2")
    }

    @Test("at most 64 members and 8,192 bytes are handed on")
    func bounds() {
        let many = (0..<100).map { "k\($0)=v" }.joined(separator: ",")
        #expect(Baggage(header: many).entries.count == 64)
        let large = (0..<40).map { "k\($0)=" + String(repeating: "x", count: 500) }.joined(separator: ",")
        let header = Baggage(header: large).header
        #expect(header.utf8.count <= 8192)
        #expect(header.utf8.count > 7600)
    }

    @Test("a value whose decoding is no UTF-8 reads as absent")
    func notText() {
        #expect(Baggage(header: "k=%FF")["k"] == nil)
        #expect(Baggage(header: "k=%4")["k"] == nil)
    }
}

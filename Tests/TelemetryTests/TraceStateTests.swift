import Testing

@testable import Telemetry

@Suite struct TraceStateTests {
    @Test("valid members are kept in their order, without white space and empty members")
    func kept() {
        #expect(
            TraceState(header: "rojo=00f067aa0ba902b7 ,\t congo=t61rcWkgMzE,, ").header
                == "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
        )
        #expect(TraceState(header: "1a-_*/b@system=x y").header == "1a-_*/b@system=x y")
    }

    @Test(
        "one broken member drops the whole header",
        arguments: [
            "good=1,bad", "good=1,=bad", "good=1,Bad=1", "good=1,bad=", "good=1,bad=a=b", "good=1,bad=\u{1}",
            "good=1,good=2", "good=1,bä=1", "good=1,bad=ä", "a@1b=1", "a@=1", "@a=1", "a@b@c=1", "-a=1",
        ]
    )
    func dropped(header: String) {
        #expect(TraceState(header: header).header == "")
    }

    @Test("32 members are kept, 33 drop the header")
    func members() {
        let members = (0..<33).map { "k\($0)=v" }
        #expect(TraceState(header: members.prefix(32).joined(separator: ",")).header.split(separator: ",").count == 32)
        #expect(TraceState(header: members.joined(separator: ",")).header == "")
    }

    @Test("beyond 512 bytes long members go first, then the last ones")
    func shortened() {
        let long = "long=" + String(repeating: "x", count: 200)
        let short = (0..<30).map { "s\($0)=" + String(repeating: "y", count: 12) }
        let header = TraceState(header: ([long] + short).joined(separator: ",")).header
        #expect(!header.contains("long"))
        #expect(header.utf8.count <= 512)
        #expect(header.hasPrefix("s0=yyyyyyyyyyyy,s1="))
        #expect(header.utf8.count > 490)
    }

    @Test("a key of 257 bytes and a value of 257 bytes are too long")
    func lengths() {
        #expect(TraceState(header: String(repeating: "k", count: 256) + "=v").header.utf8.count == 258)
        #expect(TraceState(header: String(repeating: "k", count: 257) + "=v").header == "")
        #expect(TraceState(header: "k=" + String(repeating: "v", count: 257)).header == "")
        #expect(TraceState(header: String(repeating: "k=v,", count: 10_000)).header == "")
    }
}

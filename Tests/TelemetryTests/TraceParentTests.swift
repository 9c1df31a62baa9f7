import Testing

@testable import Telemetry

@Suite struct TraceParentTests {
    private static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("a valid header gives its ids and flags, as a remote context")
    func valid() throws {
        let context = try #require(TraceParent.parse(Self.valid))
        #expect(context == Fixtures.remote)
        #expect(context.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.spanID.description == "00f067aa0ba902b7")
    }

    @Test("white space around the header is not part of it")
    func whitespace() {
        #expect(TraceParent.parse(" \t\(Self.valid) ") == Fixtures.remote)
    }

    @Test(
        "what the standard calls invalid gives no context",
        arguments: [
            "", "00", "-", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-011",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            "é0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1",
        ]
    )
    func invalid(header: String) {
        #expect(TraceParent.parse(header) == nil)
    }

    @Test("a later version is read by its first 55 bytes, and unknown flags are cleared")
    func laterVersion() {
        #expect(TraceParent.parse("01" + Self.valid.dropFirst(2)) == Fixtures.remote)
        #expect(TraceParent.parse("cc" + Self.valid.dropFirst(2) + "-what-comes-next") == Fixtures.remote)
        #expect(TraceParent.parse(Self.valid.dropLast(2) + "fd")?.flags == .sampled)
        #expect(TraceParent.parse(Self.valid.dropLast(2) + "02")?.flags == .random)
    }

    @Test("a context is written as version 00 with 55 bytes")
    func header() {
        #expect(TraceParent.header(for: Fixtures.remote) == Self.valid)
    }
}

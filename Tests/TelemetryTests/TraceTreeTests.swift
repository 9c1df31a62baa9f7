import Testing
import Tracing

@testable import Telemetry

@Suite struct TraceTreeTests {
    private func trace() -> [FinishedSpan] {
        let millisecond: UInt64 = 1_000_000
        let start: UInt64 = 1_700_000_000_000_000_000
        func span(_ name: String, _ id: UInt64, _ from: UInt64, _ to: UInt64) -> FinishedSpan {
            Fixtures.span(
                name,
                id: id,
                parent: 1,
                kind: .client,
                from: start + from * millisecond,
                to: start + to * millisecond
            )
        }
        var root = span("process domain-events:payment.completed:notifications.events", 1, 0, 20)
        root.kind = .consumer
        root.parent = Fixtures.remote
        root.attributes.set("notifyd.outcome", "failed")
        root.attributes.set("messaging.message.id", "pay-1\u{1B}")
        var send = span("send email", 4, 5, 17)
        send.status = .error("550 no such user")
        send.attributes.set("smtp.response.status_code", 550)
        send.attributes.set("error.type", "smtp.550")
        var render = span("render", 3, 3, 4)
        render.kind = .internal
        let claim = span("claim event", 2, 0, 3)
        var inner = span("inner", 6, 6, 7)
        inner.parent?.spanID = SpanID(4)
        return [claim, render, inner, send, span("settle event", 5, 18, 20), root]
    }

    @Test("a trace is a tree in order of time, with offsets, durations, bars, errors and what matters")
    func golden() {
        let expected = """
            trace 4bf92f3577b34da6a3ce929d0e0e4736: 6 spans, 20.00 ms, called by span 00f067aa0ba902b7
              process domain-events:payment.completed:notifications.events  consumer    +0.00 ms    20.00 ms  ████████████████████████  outcome=failed message=pay-1\\u{1b}
              ├─ claim event                                                client      +0.00 ms     3.00 ms  ████····················
              ├─ render                                                     internal    +3.00 ms     1.00 ms  ···██···················
              ├─ send email                                                 client      +5.00 ms    12.00 ms  ······███████████████···  ✗ 550 no such user error=smtp.550 smtp=550
              │  └─ inner                                                   client      +6.00 ms     1.00 ms  ·······██···············
              └─ settle event                                               client     +18.00 ms     2.00 ms  ·····················███

            """
        #expect(TraceTree.render(trace()) == expected)
    }

    @Test("spans without their parent stand at the top, the first names the trace")
    func orphans() {
        let text = TraceTree.render(Array(trace().dropLast()))
        #expect(text.contains("\n  claim event "))
        #expect(text.contains("\n  └─ inner "))
        #expect(text.hasPrefix("trace 4bf92f3577b34da6a3ce929d0e0e4736: 5 spans, 20.00 ms\n"))
    }

    @Test("no span is no text, one without any duration has a bar all the same")
    func edges() {
        #expect(TraceTree.render([]) == "")
        #expect(TraceTree.render([Fixtures.span("x", from: 5, to: 5)]).contains("█"))
    }

    @Test("spans that claim to be each other's parent are printed once and end")
    func circle() {
        let spans = [
            Fixtures.span("a", id: 1, parent: 1), Fixtures.span("b", id: 1), Fixtures.span("c", id: 2, parent: 1),
        ]
        let text = TraceTree.render(spans)
        #expect(text.split(separator: "\n").count == 4)
    }
}

@Suite struct TraceGroupsTests {
    private func trace(_ number: UInt64) -> TraceID { TraceID(high: 0, low: number) }

    @Test("a trace is printed soon after its local root ended, with all its spans")
    func root() {
        var groups = TraceGroups()
        let child = Fixtures.span("child", id: 2, parent: 1)
        var root = Fixtures.span("root", id: 1)
        root.parent = Fixtures.remote
        #expect(groups.add(child) == [])
        #expect(groups.add(root) == [.printSoon(Fixtures.traceID)])
        #expect(groups.take(Fixtures.traceID) == [child, root])
        #expect(groups.take(Fixtures.traceID) == [])
    }

    @Test("when too many traces are open the oldest is printed as it is")
    func bound() {
        var groups = TraceGroups()
        for number in 1...256 {
            #expect(groups.add(Fixtures.span("s", parent: 9, trace: trace(UInt64(number)))) == [])
        }
        let actions = groups.add(Fixtures.span("s", parent: 9, trace: trace(257)))
        #expect(actions == [.printNow([Fixtures.span("s", parent: 9, trace: trace(1))])])
        #expect(groups.takeAll().count == 256)
    }
}

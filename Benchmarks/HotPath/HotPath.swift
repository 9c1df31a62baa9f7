import Benchmark
import CAllocations
import DomainEvents
import Pipeline

@testable import Broker
@testable import Senders
@testable import Telemetry

/// The steps of an event's way that cost processor time, each alone: where a regression shows, it is to be seen which.
///
/// `make hot-path`; the figures of one run are to be compared with those of another on the same machine.
let benchmarks: @Sendable () -> Void = {
    let allocations = BenchmarkMetric.custom("allocations", polarity: .prefersSmaller, useScalingFactor: true)
    Benchmark.defaultConfiguration = Benchmark.Configuration(
        metrics: [.wallClock, .throughput, allocations],
        scalingFactor: .kilo,
        maxDuration: .seconds(3)
    )

    /// One iteration of the library is a thousand of `body`.
    func measure(_ name: String, _ body: @escaping @Sendable (Subjects) throws -> Void) {
        Benchmark(name) { benchmark, subjects in
            let before = allocations_so_far()
            for _ in benchmark.scaledIterations { try body(subjects) }
            benchmark.measurement(allocations, Int(allocations_so_far() - before))
        } setup: {
            try Subjects()
        }
    }

    measure("decode an event") { subjects in
        blackHole(try EventDecoder().decode(subjects.message, schema: subjects.definition.schema))
    }
    measure("identify it") { subjects in
        blackHole(
            EventIdentity.of(
                event: subjects.event,
                eventID: "evt-4711",
                dedupeFields: subjects.definition.dedupe,
                schema: subjects.definition.schema
            )
        )
    }
    measure("render an email") { subjects in
        blackHole(
            try subjects.catalogue.render(
                type: "payment.completed",
                channel: .email,
                event: subjects.event,
                recipient: subjects.recipient
            )
        )
    }
    measure("write its MIME form, dot-stuffed") { subjects in
        blackHole(DotStuffing.content(of: subjects.mail.encoded()))
    }
    measure("acknowledge 256 in any order") { _ in
        var ledger = AckLedger()
        let now = ContinuousClock.now
        for tag in 1...256 as ClosedRange<UInt64> { blackHole(ledger.delivered(tag)) }
        // 101 and 256 have no common divisor: each tag comes once.
        for step in 0..<256 as Range<UInt64> {
            blackHole(ledger.settle(step * 101 % 256 + 1, .acknowledge, now: now))
            if step % 32 == 31 { blackHole(ledger.take(now: now)) }
        }
    }
    measure("encode 512 spans") { subjects in
        blackHole(subjects.encoder.request(subjects.spans))
    }
}

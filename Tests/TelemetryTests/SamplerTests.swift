import Testing

@testable import Telemetry

@Suite struct SamplerTests {
    private let trace = Fixtures.traceID

    @Test("always_on and always_off ask nobody")
    func constant() {
        var unsampled = Fixtures.remote
        unsampled.flags = []
        #expect(Sampler.alwaysOn.isSampled(traceID: trace, parent: unsampled))
        #expect(!Sampler.alwaysOff.isSampled(traceID: trace, parent: Fixtures.remote))
    }

    @Test("parentbased follows the parent, and its root's rule without one")
    func parentBased() {
        var unsampled = Fixtures.remote
        unsampled.flags = []
        let on = Sampler.parentBased(root: .alwaysOn)
        #expect(on.isSampled(traceID: trace, parent: nil))
        #expect(!on.isSampled(traceID: trace, parent: unsampled))
        let off = Sampler.parentBased(root: .alwaysOff)
        #expect(!off.isSampled(traceID: trace, parent: nil))
        #expect(off.isSampled(traceID: trace, parent: Fixtures.remote))
    }

    @Test("a share is decided by the id's last 63 bits: below it yes, from it on no")
    func ratio() {
        let half = Sampler.ratio(0.5)
        #expect(half.isSampled(traceID: TraceID(high: .max, low: 0x7FFF_FFFF_FFFF_FFFF), parent: nil))
        #expect(!half.isSampled(traceID: TraceID(high: 0, low: 0x8000_0000_0000_0000), parent: nil))
        #expect(Sampler.ratio(1).isSampled(traceID: TraceID(high: .max, low: .max), parent: nil))
        #expect(!Sampler.ratio(0).isSampled(traceID: TraceID(high: 0, low: 0), parent: nil))
        #expect(!Sampler.ratio(.nan).isSampled(traceID: trace, parent: nil))
    }

    @Test("a quarter of random ids is a quarter of the traces")
    func share() {
        var random = Xoshiro256(seed: (1, 2, 3, 4))
        let quarter = Sampler.ratio(0.25)
        let sampled = (0..<40_000).count { _ in
            quarter.isSampled(traceID: TraceID(high: random.next(), low: random.next()), parent: nil)
        }
        #expect((9_500...10_500).contains(sampled))
    }
}

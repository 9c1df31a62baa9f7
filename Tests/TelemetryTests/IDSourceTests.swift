import Testing

@testable import Telemetry

@Suite struct IDSourceTests {
    @Test("the generator gives the published sequence for a known state")
    func reference() {
        var generator = Xoshiro256(seed: (1, 2, 3, 4))
        #expect((0..<4).map { _ in generator.next() } == [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240])
    }

    @Test("a source of zeros still gives valid ids")
    func zeros() {
        let ids = IDSource { 0 }
        #expect(ids.traceID().isValid)
        #expect(ids.spanID().isValid)
    }

    @Test("ten thousand ids of the default source are distinct")
    func distinct() {
        let ids = IDSource()
        #expect(Set((0..<10_000).map { _ in ids.spanID() }).count == 10_000)
    }
}

import Synchronization

/// Draws trace and span ids from a random source that is given to it.
///
/// The default source is a generator of our own, seeded once by the system: an event takes six draws, and the system's
/// generator is a call into the kernel for each. Ids need to be distinct, not secret.
public final class IDSource: Sendable {
    private let next: @Sendable () -> UInt64

    public init(next: @escaping @Sendable () -> UInt64) {
        self.next = next
    }

    public convenience init() {
        var system = SystemRandomNumberGenerator()
        let generator = Mutex(Xoshiro256(seed: (system.next(), system.next(), system.next(), system.next() | 1)))
        self.init { generator.withLock { $0.next() } }
    }

    func traceID() -> TraceID {
        TraceID(high: next(), low: nonZero())
    }

    func spanID() -> SpanID {
        SpanID(nonZero())
    }

    /// Zero is no valid id; a source that gives nothing else gets 1 for its trouble instead of an endless loop.
    private func nonZero() -> UInt64 {
        let first = next()
        return first != 0 ? first : max(next(), 1)
    }
}

/// xoshiro256** by Blackman and Vigna (public domain), <https://prng.di.unimi.it>: 256 bits of state, not all zero.
struct Xoshiro256: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init(seed: (UInt64, UInt64, UInt64, UInt64)) {
        state = seed
    }

    mutating func next() -> UInt64 {
        let result = Self.rotate(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, by: 45)
        return result
    }

    private static func rotate(_ value: UInt64, by count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }
}

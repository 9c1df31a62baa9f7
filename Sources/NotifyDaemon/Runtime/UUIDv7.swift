import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Identifiers that sort by the time they were made (RFC 9562 §5.7), which keeps index pages together.
enum UUIDv7 {
    static func generate() -> UUID {
        var generator = SystemRandomNumberGenerator()
        return make(milliseconds: EpochTime.now() / 1_000_000, random: (generator.next(), generator.next()))
    }

    static func make(milliseconds: UInt64, random: (UInt64, UInt64)) -> UUID {
        let high = milliseconds << 16 | 0x7000 | random.0 & 0x0FFF
        let low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
        var bytes: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &bytes) { buffer in
            withUnsafeBytes(of: high.bigEndian) { buffer[0..<8].copyBytes(from: $0) }
            withUnsafeBytes(of: low.bigEndian) { buffer[8..<16].copyBytes(from: $0) }
        }
        return UUID(uuid: bytes)
    }
}

extension UnsafeMutableRawBufferPointer.SubSequence {
    fileprivate func copyBytes(from source: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: self).copyMemory(from: source)
    }
}

/// Makes many of them: the kernel is asked for randomness once for sixteen, not twice for each.
struct UUIDv7Source {
    /// What `getentropy` gives at most in one call (getentropy(3)).
    private static let bytes = 256
    private var words: [UInt64] = []

    mutating func next() -> UUID {
        UUIDv7.make(milliseconds: EpochTime.now() / 1_000_000, random: (word(), word()))
    }

    private mutating func word() -> UInt64 {
        if let word = words.popLast() { return word }
        words = [UInt64](repeating: 0, count: Self.bytes / MemoryLayout<UInt64>.size)
        let status = words.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
        guard status == 0, let word = words.popLast() else {
            words = []
            return UInt64.random(in: .min ... .max)
        }
        return word
    }
}

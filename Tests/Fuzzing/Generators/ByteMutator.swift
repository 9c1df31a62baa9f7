/// Damages bytes the way libFuzzer does: flips, insertions, removals, repetitions, pieces of a dictionary, numbers at their bounds.
struct ByteMutator: Sendable {
    /// Pieces that mean something to the reader under test.
    let dictionary: [[UInt8]]
    let maximumSize: Int

    init(dictionary: [String], maximumSize: Int = 1 << 16) {
        self.dictionary = dictionary.map { Array($0.utf8) }
        self.maximumSize = maximumSize
    }

    /// - Parameter count: how many changes; 0 leaves the bytes as they are.
    func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom, count: Int) {
        for _ in 0..<count { change(&bytes, &random) }
        if bytes.count > maximumSize { bytes.removeLast(bytes.count - maximumSize) }
    }

    private func change(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        let place = random.below(bytes.count + 1)
        let end = min(bytes.count, place + 1 + random.size(upTo: 256))
        switch random.below(11) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.below(8))
        case 1 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 2 where place < bytes.count: bytes[place] = random.pick([0, 1, 0x0A, 0x0D, 0x20, 0x7F, 0x80, 0xC0, 0xFF])
        case 3: bytes.insert(contentsOf: random.bytes(random.size(upTo: 32)), at: place)
        case 4: bytes.removeSubrange(place..<end)
        case 5: bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count + 1))
        case 6: bytes.removeSubrange(place...)
        case 7:
            let piece = bytes[place..<end]
            bytes.insert(contentsOf: repeatElement(piece, count: random.size(upTo: 64)).joined(), at: place)
        case 8:
            let number = random.pick([0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF] as [UInt32])
            let digits = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
            bytes.replaceSubrange(place..<min(place + 4, bytes.count), with: digits)
        default:
            guard !dictionary.isEmpty else { return bytes.append(UInt8(truncatingIfNeeded: random.next())) }
            let piece = random.pick(dictionary)
            bytes.replaceSubrange(place..<(random.once(in: 2) ? place : end), with: piece)
        }
    }
}

/// Eight bytes of a message at once: most of them are plain, and what is not is found by a few operations on a word.
///
/// The masks have the highest bit of each byte that is meant, and no other; the lowest byte is the first.
struct ByteWord {
    static let size = 8

    private let word: UInt64

    /// - Parameter index: at least `size` bytes before the end.
    init(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) {
        word = UInt64(littleEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// C0 controls and DEL.
    var controls: UInt64 { Self.zeros(in: word & Self.each(0xE0)) | equal(to: 0x7F) }

    /// What is not ASCII.
    var nonASCII: UInt64 { word & Self.each(0x80) }

    func equal(to byte: UInt8) -> UInt64 {
        Self.zeros(in: word ^ Self.each(byte))
    }

    /// The place of the first byte that a mask means, 0 to 7; 8 for an empty one.
    static func first(in mask: UInt64) -> Int { mask.trailingZeroBitCount / 8 }

    private static func each(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

    /// The bytes that are zero: adding 0x7F to the lower seven bits carries into the highest for every other.
    private static func zeros(in word: UInt64) -> UInt64 {
        ~(((word & each(0x7F)) &+ each(0x7F)) | word) & each(0x80)
    }
}

/// The bytes of a session's write that libcurl has not taken yet, at an address that stays the same.
///
/// Over TLS a send that could not be completed must be repeated with the same bytes at the same place (OpenSSL's
/// SSL_write), which the storage of an array does not promise.
final class OutputBuffer {
    private static let capacity = 65_536

    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    private var range = 0..<0

    deinit {
        memory.deallocate()
    }

    var isEmpty: Bool { range.isEmpty }
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[range]) }

    /// Takes as many of `bytes` as there is room for; the buffer must be empty.
    func fill(from bytes: ArraySlice<UInt8>) {
        precondition(isEmpty, "what is not sent must not be overwritten")
        let count = min(bytes.count, Self.capacity)
        bytes.withUnsafeBytes { memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        range = 0..<count
    }

    func drop(_ count: Int) {
        range = (range.lowerBound + count)..<range.upperBound
    }
}

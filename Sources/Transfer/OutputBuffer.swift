/// The bytes of a session's write that libcurl has not taken yet, at an address that stays the same.
///
/// Over TLS a send that could not be completed must be repeated with the same bytes at the same place (OpenSSL's
/// SSL_write), which the storage of an array does not promise. Memory is taken for what is being written, and no longer:
/// most of a thousand sessions wait for their server's answer.
final class OutputBuffer {
    private static let capacity = 65_536

    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var sent = 0

    deinit {
        memory.deallocate()
    }

    var isEmpty: Bool { sent == memory.count }
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[sent...]) }

    /// Takes as many of `bytes` as there is room for; the buffer must be empty.
    func fill(from bytes: ArraySlice<UInt8>) {
        precondition(isEmpty, "what is not sent must not be overwritten")
        let taken = bytes.prefix(Self.capacity)
        memory = .allocate(byteCount: taken.count, alignment: 16)
        memory.copyBytes(from: taken)
    }

    func drop(_ count: Int) {
        sent += count
        guard isEmpty else { return }
        memory.deallocate()
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        sent = 0
    }
}

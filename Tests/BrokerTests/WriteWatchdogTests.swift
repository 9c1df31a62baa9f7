import Dispatch
import Testing

@testable import Broker

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("WriteWatchdog")
struct WriteWatchdogTests {
    @Test("a write that the peer never takes comes back with an error", .timeLimit(.minutes(1)))
    func stuckWrite() async throws {
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { for descriptor in pair { close(descriptor) } }
        let watchdog = try #require(WriteWatchdog(descriptor: pair[0], patience: .milliseconds(100)))
        let writer = pair[0]
        let result = await withCheckedContinuation { continuation in
            DispatchQueue(label: "stuck").async {
                let bytes = [UInt8](repeating: 0, count: 1 << 22)
                watchdog.beginWriting()
                // Blocks: nobody reads, and the buffer is smaller.
                var sent = 0
                repeat { sent = send(writer, bytes, bytes.count, Int32(MSG_NOSIGNAL)) } while sent > 0
                watchdog.endWriting()
                continuation.resume(returning: (sent, errno))
            }
        }
        #expect(result.0 == -1)
        #expect(result.1 == EPIPE)
    }
}

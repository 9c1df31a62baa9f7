import Foundation
import Synchronization

/// A server on a loopback port that does what a test's script says, a thread for each connection.
final class ScriptedServer: Sendable {
    /// One accepted connection, as a script sees it; every read gives up after ten seconds.
    struct Connection: Sendable {
        let number: Int
        private let descriptor: Int32

        init(number: Int, descriptor: Int32) {
            self.number = number
            self.descriptor = descriptor
        }

        func say(_ text: String) {
            let bytes = Array((text + "\r\n").utf8)
            _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }

        /// The next line without its end; nil when the client is gone.
        func line() -> String? {
            var bytes: [UInt8] = []
            while let byte = byte() {
                if byte == 0x0A {
                    return String(decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes[...], as: UTF8.self)
                }
                bytes.append(byte)
            }
            return nil
        }

        func bytes(_ count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count, let more = some(count - bytes.count) { bytes += more }
            return bytes
        }

        /// Reads a message up to its final dot, after which nothing may follow yet; large ones too.
        func skipMessage() {
            var end: [UInt8] = []
            while !end.elementsEqual("\r\n.\r\n".utf8), let more = some(65_536) { end = Array((end + more).suffix(5)) }
        }

        /// Takes what comes and says nothing, until the client is gone.
        func waitForEnd() {
            while some(65_536) != nil { continue }
        }

        private func some(_ limit: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: min(limit, 65_536))
            let count = recv(descriptor, &bytes, bytes.count, 0)
            return count > 0 ? Array(bytes[..<count]) : nil
        }

        private func byte() -> UInt8? {
            var byte: UInt8 = 0
            return recv(descriptor, &byte, 1, 0) == 1 ? byte : nil
        }
    }

    let port: Int
    private let listener: Int32
    private let open = Mutex<[Int32]>([])
    private let log = Mutex<[String]>([])
    private let accepted = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)

    /// - Parameter isNarrow: for a script that does not read the kernel takes a few dozen kilobytes, on both sides
    ///   together, in place of megabytes.
    /// - Throws: an `errno` as `Failure` when there is no port.
    init(isNarrow: Bool = false, _ script: @escaping @Sendable (ScriptedServer, Connection) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if isNarrow {
            let size = socklen_t(MemoryLayout<Int32>.size)
            // The client's buffer grows with the segments it may send.
            var (receiveBuffer, segment): (Int32, Int32) = (4096, 1000)
            setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, size)
            setsockopt(listener, Int32(IPPROTO_TCP), TCP_MAXSEG, &segment, size)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        guard isListening else { throw Failure(code: errno) }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        // Threads of their own: scripts block, and Dispatch has few threads for all tests together.
        Thread.detachNewThread {
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else {
                    // Closed by the thread that uses it, so that no other socket gets the number too early.
                    close(listener)
                    return
                }
                var noDelay: Int32 = 1
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
                var limit = timeval(tv_sec: 10, tv_usec: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                self.open.withLock { $0.append(descriptor) }
                let number = self.accepted.add(1, ordering: .sequentiallyConsistent).newValue
                Thread.detachNewThread {
                    script(self, Connection(number: number, descriptor: descriptor))
                    self.open.withLock { open in
                        guard let index = open.firstIndex(of: descriptor) else { return }
                        open.remove(at: index)
                        close(descriptor)
                    }
                }
            }
        }
    }

    struct Failure: Error {
        let code: Int32
    }

    var connections: Int { accepted.load(ordering: .sequentiallyConsistent) }

    /// What scripts wrote down, in order.
    var notes: [String] { log.withLock { $0 } }

    func note(_ text: String) {
        log.withLock { $0.append(text) }
    }

    /// Takes no more connections and ends those there are: scripts see their client gone. Safe to call again.
    func stop() {
        guard !stopped.exchange(true, ordering: .sequentiallyConsistent) else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        open.withLock { for descriptor in $0 { _ = shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }
}

import Foundation
import Synchronization

/// A server on 127.0.0.1 whose every connection runs the test's script on a thread of its own.
///
/// Scripts block as they like: they end when the client hangs up or the peer goes away.
final class ScriptedPeer: Sendable {
    struct SetUpFailure: Error {
        let call: String
        let code: Int32
    }

    let port: Int
    private let listener: Int32
    private let open = OpenDescriptors()
    private let count = Mutex(0)

    /// How many connections were accepted.
    var connections: Int { count.withLock { $0 } }

    init(_ script: @escaping @Sendable (PeerConnection) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw SetUpFailure(call: "socket", code: errno) }
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) | listen(listener, 64) | getsockname(listener, address, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard result == 0 else { throw SetUpFailure(call: "bind", code: errno) }
        Thread.detachNewThread { [weak self] in
            // Closed here alone: the next listener may get its number, and must not be accepted from by this thread.
            defer { close(listener) }
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                guard let self else {
                    close(descriptor)
                    return
                }
                self.serve(descriptor, script)
            }
        }
    }

    private func serve(_ descriptor: Int32, _ script: @escaping @Sendable (PeerConnection) -> Void) {
        count.withLock { $0 += 1 }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout.size(ofValue: yes)))
        open.add(descriptor)
        Thread.detachNewThread { [open] in
            script(PeerConnection(descriptor: descriptor))
            open.close(descriptor)
        }
    }

    deinit {
        // Accepting ends, and with it the listener; so does every script that waits for its client.
        shutdown(listener, Int32(SHUT_RDWR))
        open.shutDown()
    }
}

/// A peer's connections; none is shut down when its number may already be another's.
private final class OpenDescriptors: Sendable {
    private let list = Mutex<Set<Int32>>([])

    func add(_ descriptor: Int32) {
        list.withLock { _ = $0.insert(descriptor) }
    }

    func close(_ descriptor: Int32) {
        list.withLock { list in
            list.remove(descriptor)
            _ = Glibc.close(descriptor)
        }
    }

    func shutDown() {
        list.withLock { list in
            for descriptor in list { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }
}

/// One accepted connection as a script sees it: blocking reads and writes.
final class PeerConnection {
    let descriptor: Int32
    private var pending: [UInt8] = []

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Closes in a way that makes the client's next send fail (RST), not only its next read.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }

    /// One line without its CR LF; nil when the client hung up.
    func line() -> String? {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeSubrange(...end)
                return line.hasSuffix("\r") ? String(line.dropLast()) : line
            }
            guard fill() else { return nil }
        }
    }

    /// That many bytes; nil when the client hung up before.
    func bytes(_ count: Int) -> [UInt8]? {
        while pending.count < count {
            guard fill() else { return nil }
        }
        defer { pending.removeFirst(count) }
        return Array(pending[..<count])
    }

    /// A request's head, line by line, and its body by `Content-Length`.
    func request() -> (head: [String], body: [UInt8])? {
        var head: [String] = []
        while let line = line() {
            guard line.isEmpty else {
                head.append(line)
                continue
            }
            let length = head.first { $0.lowercased().hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
            return bytes(length ?? 0).map { (head, $0) }
        }
        return nil
    }

    /// Says nothing more until the client hangs up.
    func stayUntilHungUp() {
        while fill() { pending.removeAll() }
    }

    private func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        pending.append(contentsOf: buffer[..<count])
        return true
    }
}

/// What scripts saw, for the test to ask afterwards.
final class Notes: Sendable {
    private let items = Mutex<[String]>([])
    var all: [String] { items.withLock { $0 } }
    func add(_ item: String) { items.withLock { $0.append(item) } }
}

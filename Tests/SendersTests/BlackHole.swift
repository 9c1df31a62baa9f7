import Foundation

/// A port on loopback that answers no connection attempt, as behind a firewall that drops what it does not like: its
/// queue of waiting connections is full for good.
final class BlackHole: Sendable {
    struct Failure: Error {
        let code: Int32
    }

    let port: Int
    private let descriptors: [Int32]

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var descriptors = [listener]
        let isFull = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard
                    bind(listener, generic, length) == 0, listen(listener, 0) == 0,
                    getsockname(listener, generic, &length) == 0
                else { return false }
                // A queue of 0 takes one; what comes after the first two is dropped.
                for _ in 0..<4 {
                    let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
                    descriptors.append(filler)
                    guard connect(filler, generic, length) == 0 || errno == EINPROGRESS else { return false }
                }
                return true
            }
        }
        self.descriptors = descriptors
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isFull else { throw Failure(code: errno) }
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}

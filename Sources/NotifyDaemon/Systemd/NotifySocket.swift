#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Sends one datagram a message to the service manager, and never waits for it.
final class NotifySocket: Sendable {
    enum Outcome: Equatable {
        case sent
        /// The manager has not read the earlier ones yet.
        case full
        /// Nobody will read it; the error as the kernel names it.
        case failed(String)
    }

    private let descriptor: Int32
    private let address: NotifyAddress

    /// - Returns: nil when the process has no descriptor left.
    init?(_ address: NotifyAddress) {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        self.address = address
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) -> Outcome {
        let bytes = Array(text.utf8)
        while true {
            let count = address.withSocketAddress {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1)
            }
            if count >= 0 { return .sent }
            switch errno {
            case EINTR: continue
            case EAGAIN, ENOBUFS: return .full
            default: return .failed(String(cString: strerror(errno)))
            }
        }
    }
}

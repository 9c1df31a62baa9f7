import FoundationEssentials
import Testing

@testable import NotifyDaemon

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct NotifySocketTests {
    /// Listens as a service manager does, in this process.
    private final class Listener {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)

        init(_ address: NotifyAddress) throws {
            try #require(address.withSocketAddress { bind(descriptor, $0, $1) } == 0)
        }

        /// What waits to be read, without waiting for it.
        func next() -> String? {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
        }

        deinit { close(descriptor) }
    }

    private static func address(_ isAbstract: Bool) throws -> NotifyAddress {
        let name = "notifyd-\(UUID().uuidString)"
        return try NotifyAddress(parsing: isAbstract ? "@\(name)" : "/tmp/\(name)")
    }

    private static func remove(_ address: NotifyAddress) {
        if case .path(let path) = address { unlink(path) }
    }

    @Test("a message arrives as one datagram, at a path and at an abstract name", arguments: [false, true])
    func arrives(isAbstract: Bool) throws {
        let address = try Self.address(isAbstract)
        defer { Self.remove(address) }
        let listener = try Listener(address)
        let socket = try #require(NotifySocket(address))
        #expect(socket.send("READY=1\nSTATUS=consuming") == .sent)
        #expect(socket.send("WATCHDOG=1") == .sent)
        #expect(listener.next() == "READY=1\nSTATUS=consuming")
        #expect(listener.next() == "WATCHDOG=1")
        #expect(listener.next() == nil)
    }

    @Test("a manager that reads nothing blocks nobody, and takes more once it has read")
    func full() throws {
        let address = try Self.address(true)
        let listener = try Listener(address)
        let socket = try #require(NotifySocket(address))
        var sent = 0
        while sent < 100_000, socket.send("WATCHDOG=1") == .sent { sent += 1 }
        #expect(sent > 0)
        #expect(socket.send("STOPPING=1") == .full)
        #expect(listener.next() == "WATCHDOG=1")
        #expect(socket.send("STOPPING=1") == .sent)
    }

    @Test("where nobody listens is told by the kernel's own word")
    func nobody() throws {
        let socket = try #require(NotifySocket(try Self.address(false)))
        #expect(socket.send("READY=1") == .failed("No such file or directory"))
        let abstract = try #require(NotifySocket(try Self.address(true)))
        #expect(abstract.send("READY=1") == .failed("Connection refused"))
    }
}

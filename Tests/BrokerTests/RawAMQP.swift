@testable import Broker

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Just enough AMQP 0-9-1 by hand, blocking, to do to a broker what notifyd never does: delete queues, send odd headers.
final class RawAMQP {
    struct Failure: Error {
        var reason: String
    }

    private let descriptor: Int32

    init(_ node: BrokerNode) throws {
        descriptor = try Self.connect(node)
        try write(Array("AMQP".utf8) + [0, 0, 9, 1])
        _ = try expect(10, 10)
        let login = "\0\(node.username)\0\(node.password.value)"
        try method(0, 10, 11, long(0) + short("PLAIN") + longText(login) + short("en_US"))
        // What the broker proposes, without heartbeats.
        let tune = try expect(10, 30)
        try method(0, 10, 31, tune.prefix(6) + [0, 0])
        try method(0, 10, 40, short(node.virtualHost) + short("") + [0])
        _ = try expect(10, 41)
        try method(1, 20, 10, short(""))
        _ = try expect(20, 11)
    }

    deinit {
        close(descriptor)
    }

    /// Durable, without arguments: a classic queue.
    func declareQueue(_ name: String) throws {
        try method(1, 50, 10, [0, 0] + short(name) + [0b0000_0010] + long(0))
        _ = try expect(50, 11)
    }

    func deleteQueue(_ name: String) throws {
        try method(1, 50, 40, [0, 0] + short(name) + [0])
        _ = try expect(50, 41)
    }

    /// Messages ready in the queue, those in flight not among them.
    func readyCount(_ name: String) throws -> Int {
        try method(1, 50, 10, [0, 0] + short(name) + [0b0000_0001] + long(0))
        let answer = try expect(50, 11)
        let start = 1 + Int(answer[0])
        return answer[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) }
    }

    /// - Parameter headers: the encoded entries of the headers table, without its length.
    func publish(exchange: String, routingKey: String, headers: [UInt8], body: [UInt8]) throws {
        try method(1, 60, 40, [0, 0] + short(exchange) + short(routingKey) + [0])
        let size = long(0) + long(UInt32(body.count))
        // The property flags say: headers, and nothing else.
        try frame(2, 1, [0, 60, 0, 0] + size + [0x20, 0] + long(UInt32(headers.count)) + headers)
        for start in stride(from: 0, to: body.count, by: 100_000) {
            try frame(3, 1, Array(body[start..<min(start + 100_000, body.count)]))
        }
    }

    // MARK: Wire

    func short(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + text.utf8 }
    func longText(_ text: String) -> [UInt8] { long(UInt32(text.utf8.count)) + text.utf8 }
    func long(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }

    private func method(_ channel: UInt8, _ classID: UInt8, _ methodID: UInt8, _ arguments: [UInt8]) throws {
        try frame(1, channel, [0, classID, 0, methodID] + arguments)
    }

    private func frame(_ type: UInt8, _ channel: UInt8, _ payload: [UInt8]) throws {
        try write([type, 0, channel] + long(UInt32(payload.count)) + payload + [0xCE])
    }

    /// The arguments of the next method, which must be this one.
    private func expect(_ classID: UInt8, _ methodID: UInt8) throws -> [UInt8] {
        let head = try read(7)
        let size = head[3...6].reduce(0) { $0 << 8 | Int($1) }
        let payload = try read(size + 1).dropLast()
        guard head[0] == 1, payload.count >= 4, payload[1] == classID, payload[3] == methodID else {
            throw Failure(reason: "expected \(classID).\(methodID), got \(Array(payload.prefix(4)))")
        }
        return Array(payload.dropFirst(4))
    }

    private func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(reason: "write: errno \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var piece = [UInt8](repeating: 0, count: count - bytes.count)
            let got = recv(descriptor, &piece, piece.count, 0)
            guard got > 0 else { throw Failure(reason: "read: errno \(errno)") }
            bytes += piece.prefix(got)
        }
        return bytes
    }

    private static func connect(_ node: BrokerNode) throws -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(node.host, String(node.port), &hints, &list) == 0, let first = list else {
            throw Failure(reason: "no address for \(node.host)")
        }
        defer { freeaddrinfo(list) }
        let descriptor = socket(first.pointee.ai_family, Int32(SOCK_STREAM.rawValue), 0)
        guard openConnection(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 else {
            close(descriptor)
            throw Failure(reason: "connect: errno \(errno)")
        }
        return descriptor
    }
}

/// The C function, whose name the class has taken.
private func openConnection(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t) -> Int32 {
    connect(descriptor, address, length)
}

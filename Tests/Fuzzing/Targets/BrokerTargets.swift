import AMQPShim
import FrameFeed

@testable import Broker

extension FuzzTarget {
    /// A broker's bytes through librabbitmq's decoder, the shim and the header-table reader.
    static var frames: FuzzTarget {
        FuzzTarget("frames", weight: 800) {
            HeaderFrame(&$0)
        } check: { input in
            let first = try input.decoded()
            try require(HeaderRules.isSame(first, try input.decoded()), "decoded twice, two results")
            for frame in first {
                guard case .header(let header) = frame else { continue }
                for (name, value) in header.properties.headers { try HeaderRules.check(value, named: name, depth: 1) }
            }
            guard let expected = input.expected else { return }
            guard case .header(let header)? = first.first else {
                throw Violation(description: "a well-formed header frame came out as \(first)")
            }
            let headers = header.properties.headers
            try require(
                HeaderRules.isSame(.table(headers), .table(expected)),
                "other headers came out than went in: \(headers)"
            )
        }
    }

    /// Frames in any order: a delivery is never longer than announced, and never larger than is kept.
    static var deliveries: FuzzTarget {
        FuzzTarget("deliveries", weight: 1600, generate: { FrameSequence(&$0) }, check: { try $0.play() })
    }
}

/// A content header with a table of headers, as bytes; usually right, then damaged.
struct HeaderFrame {
    private let bytes: [UInt8]
    /// What must come out; nil where the bytes were damaged.
    let expected: [String: HeaderValue]?

    private static let mutator = ByteMutator(
        dictionary: [
            "S", "A", "F", "x", "D", "T", "V", "l", "\u{0}\u{0}\u{0}\u{0}", "\u{7F}", "traceparent", "x-death",
        ],
        maximumSize: 1 << 17
    )

    init(_ random: inout SeededRandom) {
        var encoder = TableEncoder()
        let (table, values) = encoder.table(&random, depth: 1)
        var payload: [UInt8] = [0, 60, 0, 0]
        payload += random.once(in: 8) ? random.bytes(8) : [0, 0, 0, 0, 0, 0, 0, UInt8(random.below(256))]
        // content type, headers, delivery mode, correlation id, message id, timestamp, type: some of them.
        var flags: UInt16 = 0x2000
        var before: [UInt8] = []
        var after: [UInt8] = []
        if random.once(in: 3) { (flags, before) = (flags | 0x8000, TableEncoder.short("application/json")) }
        if random.once(in: 3) { (flags, after) = (flags | 0x1000, after + [2]) }
        if random.once(in: 3) { (flags, after) = (flags | 0x0400, after + TableEncoder.short("c\u{0}rr")) }
        if random.once(in: 3) { (flags, after) = (flags | 0x0080, after + TableEncoder.short("evt-1")) }
        if random.once(in: 3) { (flags, after) = (flags | 0x0040, after + random.bytes(8)) }
        if random.once(in: 3) { (flags, after) = (flags | 0x0020, after + TableEncoder.short("t")) }
        payload += [UInt8(flags >> 8), UInt8(flags & 0xFF)] + before + TableEncoder.long(table.count) + table + after
        var isDamaged = random.once(in: 2)
        if isDamaged { Self.mutator.mutate(&payload, &random, count: 1 + random.size(upTo: 8)) }
        var frame = [2, 0, 1] + TableEncoder.long(payload.count) + payload + [0xCE]
        if random.once(in: 20) { (frame, isDamaged) = (Self.anyFrame(&random) + frame, true) }
        if random.once(in: 40) {
            Self.mutator.mutate(&frame, &random, count: 2)
            isDamaged = true
        }
        bytes = frame
        expected = isDamaged ? nil : values
    }

    /// A method, a body or a heartbeat: of any number, of any length.
    private static func anyFrame(_ random: inout SeededRandom) -> [UInt8] {
        var payload = random.bytes(random.size(upTo: 300))
        let type = random.pick([1, 1, 1, 3, 8] as [UInt8])
        if type == 1 {
            let methods: [(UInt8, UInt8)] = [
                (60, 60), (60, 50), (60, 11), (60, 21), (60, 30), (60, 80), (60, 120), (20, 40), (10, 50), (10, 60),
                (10, 61),
            ]
            let method = random.pick(methods)
            payload = [0, method.0, 0, method.1] + payload
        }
        return [type, 0, 1] + TableEncoder.long(payload.count) + payload + [0xCE]
    }

    func decoded() throws -> [AMQPFrame] {
        guard let connection = frame_feed_create(1 << 17) else { throw Violation(description: "no memory") }
        defer { amqp_shim_destroy(connection) }
        return bytes.withUnsafeBufferPointer { input in
            var frames: [AMQPFrame] = []
            var rest = input[...]
            while !rest.isEmpty {
                var frame = amqp_shim_frame()
                var isFrame = false
                let taken = UnsafeBufferPointer(rebasing: rest).withMemoryRebound(to: UInt8.self) {
                    frame_feed_decode(connection, $0.baseAddress, $0.count, &frame, &isFrame)
                }
                guard taken > 0 else { break }
                if isFrame { frames.append(AMQPFrame(frame)) }
                rest = rest.dropFirst(taken)
            }
            return frames
        }
    }
}

enum HeaderRules {
    /// Nothing lies deeper than the shim says, and every scalar has a text that can be stored.
    static func check(_ value: HeaderValue, named name: String, depth: Int) throws {
        try require(depth <= 33, "\(depth) levels of tables")
        switch value {
        case .array(let values): for value in values { try check(value, named: name, depth: depth + 1) }
        case .table(let members):
            for (name, value) in members { try check(value, named: name, depth: depth + 1) }
        case .boolean, .integer, .unsigned, .double, .decimal, .string, .bytes, .timestamp, .null:
            guard let text = value.scalarText else { return }
            if case .decimal(let scale, _) = value {
                try require(text.utf8.count <= max(11, Int(scale) + 2), "a decimal of \(text.utf8.count) characters")
            }
        }
    }

    static func isSame(_ left: [AMQPFrame], _ right: [AMQPFrame]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { left, right in
                guard case .header(let left) = left, case .header(let right) = right else { return left == right }
                var (one, other) = (left.properties, right.properties)
                guard isSame(.table(one.headers), .table(other.headers)) else { return false }
                (one.headers, other.headers) = ([:], [:])
                return left.bodySize == right.bodySize && one == other
            }
    }

    /// Equal, with all that is not a number taken for the same.
    static func isSame(_ left: HeaderValue, _ right: HeaderValue) -> Bool {
        switch (left, right) {
        case (.double(let left), .double(let right)): left == right || left.isNaN && right.isNaN
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
        case (.table(let left), .table(let right)):
            left.count == right.count
                && left.allSatisfy { name, value in right[name].map { isSame(value, $0) } ?? false }
        default: left == right
        }
    }
}

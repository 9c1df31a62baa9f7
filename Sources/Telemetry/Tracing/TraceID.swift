/// The 16 bytes that all spans of one trace share; never all zero when it came from a header.
public struct TraceID: Sendable, Hashable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// W3C Trace Context §3.2.2.5: all bytes zero is forbidden.
    public var isValid: Bool { high != 0 || low != 0 }
}

/// The 8 bytes that name one span within its trace; never all zero when it came from a header.
public struct SpanID: Sendable, Hashable {
    public let value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }

    /// W3C Trace Context §3.2.2.3: all bytes zero is forbidden.
    public var isValid: Bool { value != 0 }
}

extension TraceID: CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    public var description: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            Hexadecimal.write(high, into: buffer, at: 0)
            Hexadecimal.write(low, into: buffer, at: 16)
            return 32
        }
    }
}

extension SpanID: CustomStringConvertible {
    /// 16 lower-case hexadecimal digits.
    public var description: String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            Hexadecimal.write(value, into: buffer, at: 0)
            return 16
        }
    }
}

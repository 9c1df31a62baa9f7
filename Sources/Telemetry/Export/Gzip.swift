import CZlib

/// RFC 1952 compression of a request's body by zlib.
enum Gzip {
    /// - Returns: nil when zlib has no memory; the caller then sends the body as it is.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        // 15 bits of window, + 16: a gzip header and trailer instead of zlib's.
        guard
            deflateInit2_(
                &stream,
                Z_DEFAULT_COMPRESSION,
                Z_DEFLATED,
                15 + 16,
                8,
                Z_DEFAULT_STRATEGY,
                ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)
            ) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        guard let inputSize = UInt32(exactly: bytes.count),
            let bound = Int(exactly: deflateBound(&stream, UInt(bytes.count))),
            let outputSize = UInt32(exactly: bound)
        else { return nil }
        // deflate only reads the input, though its structure's pointer is not const.
        var input = bytes
        var isDone = false
        let output = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = inputSize
                stream.next_out = output.baseAddress
                stream.avail_out = outputSize
                isDone = deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = bound - Int(stream.avail_out)
        }
        return isDone ? output : nil
    }
}

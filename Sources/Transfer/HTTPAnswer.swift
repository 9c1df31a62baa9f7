/// Collects an HTTP answer as libcurl hands it out, within bounds.
struct HTTPAnswer {
    /// Bytes of all header lines together.
    static let maximumHeaderBytes = 65_536

    let maximumBody: Int
    private(set) var headers: [(name: String, value: String)] = []
    private(set) var body: [UInt8] = []
    /// What went over its bound, in words.
    private(set) var excess: String?
    private var headerBytes = 0

    init(maximumBody: Int) {
        self.maximumBody = maximumBody
    }

    /// Takes one header line with its line end; a status line begins anew (after a 1xx answer).
    /// - Returns: false when the headers are too long.
    mutating func append(headerLine: UnsafeRawBufferPointer) -> Bool {
        headerBytes += headerLine.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            excess = "the answer's headers are longer than \(Self.maximumHeaderBytes) bytes"
            return false
        }
        if headerLine.starts(with: "HTTP/".utf8) {
            headers.removeAll(keepingCapacity: true)
            return true
        }
        guard let colon = headerLine.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let name = String(decoding: headerLine[..<colon].trimmed, as: UTF8.self).lowercased()
        headers.append((name, String(decoding: headerLine[(colon + 1)...].trimmed, as: UTF8.self)))
        return true
    }

    /// - Returns: false when the body is too long.
    mutating func append(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= maximumBody - body.count else {
            excess = "the answer's body is longer than \(maximumBody) bytes"
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Without blanks and line ends on either side.
    fileprivate var trimmed: Self {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        var slice = self
        while let first = slice.first, isBlank(first) { slice.removeFirst() }
        while let last = slice.last, isBlank(last) { slice.removeLast() }
        return slice
    }
}

/// A complete HTTP answer, whatever its status.
public struct HTTPResponse: Sendable {
    public var status: Int
    /// In the order they came, names in lower case, values without surrounding blanks.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    public var timings: TransferTimings

    public init(
        status: Int,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timings: TransferTimings = .zero
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.timings = timings
    }

    /// The first value of a header.
    /// - Parameter name: in lower case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}

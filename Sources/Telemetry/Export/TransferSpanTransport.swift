import Transfer

/// Sends spans by the program's own HTTP engine, which keeps the connection between batches.
public struct TransferSpanTransport: SpanTransport {
    private let engine: TransferEngine
    private let certificateFile: String?

    /// A collector's answer is a few bytes; one that says more is cut off here.
    private static let maximumAnswer = 64 << 10

    /// - Parameter certificateFile: PEM file of the CAs to trust; nil: the system's.
    public init(engine: TransferEngine, certificateFile: String? = nil) {
        self.engine = engine
        self.certificateFile = certificateFile
    }

    public func post(
        url: String,
        headers: [(name: String, value: String)],
        body: [UInt8],
        timeout: Duration
    ) async -> TransportAnswer {
        let request = HTTPRequest(
            method: "POST",
            url: url,
            headers: headers,
            body: body,
            timeout: timeout,
            caFile: certificateFile,
            maximumResponseBody: Self.maximumAnswer
        )
        do {
            let response = try await engine.http(request)
            let headers = Dictionary(response.headers.map { ($0.name, $0.value) }) { first, _ in first }
            return .answered(status: response.status, headers: headers, body: response.body)
        } catch {
            return Self.answer(for: error)
        }
    }

    static func answer(for failure: TransferFailure) -> TransportAnswer {
        switch failure.kind {
        case .dns, .connect, .timeout, .noAnswer, .closed: .lost(reason: failure.description)
        case .tls, .login, .refused, .badAnswer, .cancelled, .configuration: .impossible(reason: failure.description)
        }
    }
}

/// Carries one request to the collector; scripted in tests.
public protocol SpanTransport: Sendable {
    /// Posts `body` once, without following redirects and without repeating it.
    func post(
        url: String,
        headers: [(name: String, value: String)],
        body: [UInt8],
        timeout: Duration
    ) async -> TransportAnswer
}

/// What became of one request.
public enum TransportAnswer: Sendable, Equatable {
    /// The collector answered; header names are in lower case.
    case answered(status: Int, headers: [String: String], body: [UInt8])
    /// No answer: no name, no connection, a broken one, or too late. Worth another try.
    case lost(reason: String)
    /// Cannot work as it is configured: TLS, credentials, a bad URL. Another try would end the same.
    case impossible(reason: String)
}

/// What to do with a batch after the collector's answer: OTLP/HTTP's rules for failures, as a value.
///
/// Tried again are only 429, 502, 503, 504 and lost connections, with backoff and jitter, and no sooner than
/// `Retry-After` says; never beyond the time the batch has.
struct ExportRetry: Equatable {
    enum Decision: Equatable {
        /// Taken, but for `rejected` spans; `message` is the collector's, empty when it had none.
        case delivered(rejected: Int, message: String)
        case retry(after: Duration, reason: String)
        /// Too large for the collector: send it in halves.
        case split
        /// `quiet`: for how long the collector wants to hear nothing, where that is more than the batch has.
        case giveUp(reason: String, quiet: Duration = .zero)
    }

    static let firstDelay: Duration = .seconds(1)
    static let maximumDelay: Duration = .seconds(16)
    /// A slip in a collector's `Retry-After` must not end tracing for a day.
    static let longestQuiet: Duration = .seconds(600)
    static let retryableStatuses: Set<Int> = [429, 502, 503, 504]

    private(set) var failures = 0

    /// - Parameters:
    ///   - remaining: the time this batch still has.
    ///   - now: nanoseconds since 1970, for a `Retry-After` that is a date.
    ///   - random: 0 up to 1; the backoff is that far between half and all of its step.
    mutating func decide(
        _ answer: TransportAnswer,
        remaining: Duration,
        now: UInt64,
        random: Double
    ) -> Decision {
        switch answer {
        case .answered(let status, let headers, let body) where (200..<300).contains(status):
            return Self.delivered(headers["content-type"], body)
        case .answered(status: 413, _, _):
            return .split
        case .answered(let status, let headers, _) where Self.retryableStatuses.contains(status):
            let wanted = headers["retry-after"].flatMap { RetryAfter.delay($0, now: now) }
            return again("HTTP \(status)", remaining: remaining, atLeast: wanted ?? .zero, random: random)
        case .answered(let status, _, _):
            return .giveUp(reason: "HTTP \(status)")
        case .lost(let reason):
            return again(reason, remaining: remaining, atLeast: .zero, random: random)
        case .impossible(let reason):
            return .giveUp(reason: reason)
        }
    }

    private mutating func again(
        _ reason: String,
        remaining: Duration,
        atLeast wanted: Duration,
        random: Double
    ) -> Decision {
        let step = min(Self.firstDelay * (1 << min(failures, 10)), Self.maximumDelay)
        failures += 1
        let delay = max(step * (0.5 + random / 2), wanted)
        return delay < remaining
            ? .retry(after: delay, reason: reason)
            : .giveUp(reason: reason, quiet: min(wanted, Self.longestQuiet))
    }

    /// An answer that is none of ours or cannot be read is a success all the same: the status says so.
    private static func delivered(_ contentType: String?, _ body: [UInt8]) -> Decision {
        let mediaType = contentType.map { $0.prefix { $0 != ";" }.utf8.trimmingOptionalWhitespace() }
        // Some texts can be read as protobuf, too.
        let isProtobuf = mediaType.map { String(Substring($0)).lowercased() == "application/x-protobuf" } ?? true
        let response = isProtobuf ? OTLPResponse(body) ?? OTLPResponse() : OTLPResponse()
        return .delivered(
            rejected: Int(clamping: response.rejectedSpans),
            message: response.errorMessage.prefix(utf8Bytes: 300)
        )
    }
}

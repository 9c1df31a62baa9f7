import Pipeline

/// What came of an attempt, for the message and for the provider itself: what the classification tables say.
public struct Judgement: Sendable, Equatable {
    public var verdict: DeliveryVerdict
    public var standing: ProviderStanding

    /// - Parameter standing: nil: the usual one of such a verdict.
    public init(_ verdict: DeliveryVerdict, _ standing: ProviderStanding? = nil) {
        self.verdict = verdict
        self.standing = standing ?? .usual(of: verdict)
    }
}

extension ProviderStanding {
    /// Where nothing else is known: who answers about the message works, who cannot take it now fails.
    static func usual(of verdict: DeliveryVerdict) -> ProviderStanding {
        switch verdict {
        case .accepted, .permanent, .stopped: .working
        case .transient: .failing
        case .refused: .refusing
        case .uncertain, .abandoned, .throttled: .unknown
        }
    }
}

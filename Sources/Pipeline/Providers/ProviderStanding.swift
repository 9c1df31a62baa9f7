/// What one send says about the provider itself, whatever it says about the recipient.
public enum ProviderStanding: String, Sendable, Equatable, CaseIterable {
    /// It gave a definite answer about this message: it does its work.
    case working
    /// It definitely failed: nobody there, no answer in time before the last byte, "try again later" about itself.
    case failing
    /// It refuses us for a reason of ours, so every message would meet the same.
    case refusing
    /// Nothing can be said: uncertain, not begun, given up.
    case unknown
}

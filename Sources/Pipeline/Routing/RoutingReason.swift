import DomainEvents

/// Why a notification goes, or does not go, its usual way: the audit column, the span attribute and the log field.
public struct RoutingReason: Sendable, Equatable, CustomStringConvertible {
    public var code: ErrorCode
    /// One line for a person, without an address.
    public var message: String

    public init(_ code: ErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code): \(message)" }
}

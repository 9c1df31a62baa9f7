import DomainEvents

/// Why an event cannot become a message on a channel; sending it again would not help.
public struct RenderFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// `template.variable`, `template.segments`, `template.size`, `type.unknown`.
    public var code: ErrorCode
    /// One line, without values of the event.
    public var message: String

    public init(code: ErrorCode, message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }
}

/// What the client did last when the server answered.
public enum SMTPStep: String, Sendable, Equatable, CaseIterable {
    case greeting
    case hello
    case startTLS
    case login
    case mail
    case recipient
    case data
    /// The final dot.
    case content

    /// As an operator knows it from the protocol.
    public var command: String {
        switch self {
        case .greeting: "connection"
        case .hello: "EHLO"
        case .startTLS: "STARTTLS"
        case .login: "AUTH"
        case .mail: "MAIL"
        case .recipient: "RCPT"
        case .data: "DATA"
        case .content: "message"
        }
    }
}

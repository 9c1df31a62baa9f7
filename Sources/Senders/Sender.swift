import DomainEvents

/// A provider of one channel: takes a rendered notification, and says what became of it.
///
/// Cancelling the task that sends gives up what has not left yet (`abandoned`) and stops waiting for the answer to what
/// has (`uncertain`). A sender repeats nothing by itself that a server may have seen.
public protocol Sender: Sendable {
    /// As configured: `smtp`, `twilio`, `file` or the name of a further SMTP provider.
    var name: String { get }
    var channel: Channel { get }

    func send(_ notification: OutgoingNotification, _ steps: SendSteps) async -> SendReport

    /// Tries everything short of sending, for `notifyd check`.
    func probe() async -> ProbeResult

    /// Messages a second from the next one on; nil: no limit. A provider without a rate ignores it.
    func setRate(_ messagesPerSecond: Double?) async

    /// Closes what is kept open; what is sent afterwards is `abandoned`. Safe to call again.
    func shutdown() async
}

/// What the caller does at the steps of a send.
public struct SendSteps: Sendable {
    /// Asked once, when the rate allows the send and before anything is asked of the provider; false: it is abandoned.
    public var begin: @Sendable () async -> Bool
    /// Called once, when the message's last byte is out, or is about to be in the same moment (a file appears): until
    /// then nobody can have got it. Never called when the message was not out. Where the caller's task runs on the
    /// reactor, so does this; it must not block.
    public var lastByteIsOut: @Sendable () -> Void

    public init(
        begin: @escaping @Sendable () async -> Bool = { true },
        lastByteIsOut: @escaping @Sendable () -> Void = {}
    ) {
        self.begin = begin
        self.lastByteIsOut = lastByteIsOut
    }
}

extension Sender {
    public func setRate(_ messagesPerSecond: Double?) async {}
}

/// What `notifyd check` learns of a provider; one line each, without secrets.
public enum ProbeResult: Sendable, Equatable {
    case healthy(String)
    /// Nobody there, or it does not answer: try later.
    case unreachable(ErrorCode, String)
    /// It answers, and wants something else from us: configuration or account.
    case refused(ErrorCode, String)
}

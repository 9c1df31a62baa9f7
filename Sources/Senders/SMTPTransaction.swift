/// One mail transaction on a session that is greeted, secured and logged in (RFC 5321 §3.3); a pure value.
///
/// The runner carries out each `Action` and tells what came of it. After `writeContent` was carried out it calls
/// `contentIsOut()`: from then on no answer means uncertain, up to then everything is definite. Where the server offers
/// PIPELINING (RFC 2920), MAIL, RCPT and DATA leave in one write.
struct SMTPTransaction: Sendable, Equatable {
    enum Action: Equatable {
        /// Write, then read.
        case write([UInt8])
        /// Write the message, its final dot included; then call `contentIsOut()`.
        case writeContent([UInt8])
        case read
        /// Nothing follows. A session that may be kept has no transaction open and no reply outstanding.
        case finish(Outcome, keepSession: Bool)
    }

    enum Outcome: Equatable {
        case accepted(SMTPReply)
        case rejected(SMTPStep, SMTPReply)
        case interrupted(Interruption, Progress)
    }

    enum Interruption: Equatable {
        case closed
        case timedOut
        case cancelled
        /// What the server sent is no reply, or none that fits.
        case unreadable(String)
    }

    /// How far the transaction had come when it was interrupted.
    enum Progress: Equatable {
        /// No byte of an answer came: a kept session may simply have been closed by the server while it was idle.
        case unanswered
        case beforeLastByte
        /// The final dot is out: the server may or may not have taken the message.
        case afterLastByte
    }

    private enum State: Equatable {
        /// Can go on to: commands.
        case idle
        /// Waiting for the answers to these, in order. Can go on to: content, loneDot, resetting, finished.
        case commands([SMTPStep])
        /// The message is about to be written, or being written. Can go on to: answer, finished.
        case content
        /// Waiting for the answer to the final dot. Can go on to: finished.
        case answer
        /// DATA was granted to a transaction without a recipient, and ended at once (RFC 2920 §3.1).
        /// Can go on to: finished.
        case loneDot
        /// Clearing the session after a failure. Can go on to: finished.
        case resetting
        case finished
    }

    private let envelope: SMTPEnvelope
    private let content: [UInt8]
    private let capabilities: SMTPCapabilities
    private var state = State.idle
    private var parser = SMTPReplyParser()
    private var wasAnswered = false
    /// The first command that was refused: what the transaction comes to, whatever follows.
    private var refusal: Refusal?

    private struct Refusal: Equatable {
        let step: SMTPStep
        let reply: SMTPReply
    }

    /// - Parameter content: dot-stuffed, with the final dot.
    init(envelope: SMTPEnvelope, content: [UInt8], capabilities: SMTPCapabilities) {
        self.envelope = envelope
        self.content = content
        self.capabilities = capabilities
    }

    /// The first action; call it once.
    mutating func start() -> Action {
        guard state == .idle else { return .read }
        guard capabilities.pipelining else {
            state = .commands([.mail])
            return .write(mailCommand)
        }
        state = .commands([.mail, .recipient, .data])
        return .write(mailCommand + recipientCommand + Self.dataCommand)
    }

    /// The last byte of the final dot left.
    mutating func contentIsOut() -> Action {
        guard state == .content else { return .read }
        state = .answer
        return .read
    }

    /// Bytes of the server, in whatever pieces.
    mutating func received(_ bytes: [UInt8]) -> Action {
        if !bytes.isEmpty { wasAnswered = true }
        parser.append(bytes)
        return advance()
    }

    /// Connection, clock or caller ended it.
    mutating func interrupted(_ interruption: Interruption) -> Action {
        let progress: Progress =
            switch state {
            case .answer: .afterLastByte
            case .idle, .commands, .content, .loneDot, .resetting, .finished:
                wasAnswered ? .beforeLastByte : .unanswered
            }
        state = .finished
        // What was refused stays refused, whether or not the session could be cleared.
        if let refusal { return .finish(.rejected(refusal.step, refusal.reply), keepSession: false) }
        return .finish(.interrupted(interruption, progress), keepSession: false)
    }

    private mutating func advance() -> Action {
        while true {
            let reply: SMTPReply?
            do {
                reply = try parser.next()
            } catch {
                return interrupted(.unreadable(error.reason))
            }
            guard let reply else { return .read }
            if let action = take(reply) { return action }
        }
    }

    /// - Returns: nil while more answers are outstanding.
    private mutating func take(_ reply: SMTPReply) -> Action? {
        switch state {
        case .commands(let steps):
            guard let step = steps.first else { return interrupted(.unreadable("a reply nobody waits for")) }
            return take(reply, to: step, outstanding: Array(steps.dropFirst()))
        case .content:
            // A server that cannot wait for the end, or shuts down (421, RFC 5321 §3.8), and is about to hang up.
            let isRefusal = reply.severity == .transient || reply.severity == .permanent
            return isRefusal ? closing(.content, reply) : interrupted(.unreadable("a reply nobody waits for"))
        case .answer:
            return takeAnswer(reply)
        case .loneDot, .resetting:
            return finish(keepSession: reply.severity == .completed || state == .loneDot, after: reply)
        case .idle, .finished:
            return interrupted(.unreadable("a reply nobody waits for"))
        }
    }

    private mutating func take(_ reply: SMTPReply, to step: SMTPStep, outstanding: [SMTPStep]) -> Action? {
        state = .commands(outstanding)
        switch reply.severity {
        case .completed where step != .data, .intermediate where step == .data: break
        case .completed, .intermediate: return interrupted(.unreadable("\(reply.code) in answer to \(step.command)"))
        case .transient, .permanent:
            if reply.code == 421 { return closing(step, reply) }
            if refusal == nil { refusal = Refusal(step: step, reply: reply) }
        }
        if !outstanding.isEmpty { return nil }
        if refusal != nil { return clear(dataWasGranted: step == .data && reply.severity == .intermediate) }
        switch step {
        case .mail: return command(.recipient, recipientCommand)
        case .recipient: return command(.data, Self.dataCommand)
        case .data: return beginContent()
        case .greeting, .hello, .startTLS, .login, .content:
            return interrupted(.unreadable("a reply nobody waits for"))
        }
    }

    private mutating func command(_ step: SMTPStep, _ bytes: [UInt8]) -> Action {
        state = .commands([step])
        return parser.hasLeftover ? interrupted(.unreadable("a reply before its command")) : .write(bytes)
    }

    private mutating func beginContent() -> Action? {
        state = .content
        // Something follows the 354 already: 421, or replies and commands are out of step.
        return parser.hasLeftover ? nil : .writeContent(content)
    }

    private mutating func clear(dataWasGranted: Bool) -> Action {
        state = dataWasGranted ? .loneDot : .resetting
        guard !parser.hasLeftover else { return interrupted(.unreadable("a reply before its command")) }
        return .write(Array((dataWasGranted ? ".\r\n" : "RSET\r\n").utf8))
    }

    private mutating func takeAnswer(_ reply: SMTPReply) -> Action {
        switch reply.severity {
        case .completed:
            state = .finished
            return .finish(.accepted(reply), keepSession: !parser.hasLeftover)
        case .intermediate:
            // Neither yes nor no: nobody can say what became of the message.
            return interrupted(.unreadable("\(reply.code) in answer to the message"))
        case .transient, .permanent:
            if reply.code == 421 { return closing(.content, reply) }
            refusal = Refusal(step: .content, reply: reply)
            return finish(keepSession: true, after: reply)
        }
    }

    private mutating func closing(_ step: SMTPStep, _ reply: SMTPReply) -> Action {
        if refusal == nil { refusal = Refusal(step: step, reply: reply) }
        return finish(keepSession: false, after: reply)
    }

    private mutating func finish(keepSession: Bool, after reply: SMTPReply) -> Action {
        state = .finished
        guard let refusal else { return interrupted(.unreadable("a reply nobody waits for")) }
        return .finish(
            .rejected(refusal.step, refusal.reply),
            keepSession: keepSession && reply.code != 421 && !parser.hasLeftover
        )
    }

    private var mailCommand: [UInt8] {
        var command = "MAIL FROM:<\(envelope.sender)>"
        // RFC 1870 §5 counts the message with its line ends, without dot-stuffing; an estimate is allowed.
        if capabilities.size { command += " SIZE=\(content.count)" }
        if envelope.needsUTF8 { command += " SMTPUTF8" }
        return Array((command + "\r\n").utf8)
    }

    private var recipientCommand: [UInt8] { Array("RCPT TO:<\(envelope.recipient)>\r\n".utf8) }

    private static let dataCommand = Array("DATA\r\n".utf8)
}

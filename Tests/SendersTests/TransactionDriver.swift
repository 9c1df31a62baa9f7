@testable import Senders

/// Plays a server's side to an `SMTPTransaction`: an answer for each command, in whatever pieces.
struct TransactionDriver {
    /// What the server says to each command; a missing one is answered with success.
    var replies: [String: String] = [:]
    var pipelining = false
    /// Bytes of the server are handed over in pieces of this size.
    var pieceSize = Int.max

    struct Course: Equatable {
        var written: [String] = []
        var content: [UInt8]?
        var outcome: SMTPTransaction.Outcome?
        var keepSession = false
    }

    static let message = Array("Subject: x\r\n\r\n.dot\r\n".utf8)

    func run() -> Course {
        guard let envelope = SMTPEnvelope(sender: "from@ourco.example", recipient: "to@example.com") else {
            return Course()
        }
        var transaction = SMTPTransaction(
            envelope: envelope,
            content: DotStuffing.content(of: Self.message),
            capabilities: SMTPCapabilities(pipelining: pipelining, size: true)
        )
        var course = Course()
        var pending: [UInt8] = []
        var action = transaction.start()
        while true {
            switch action {
            case .write(let bytes):
                for command in String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init) {
                    course.written.append(command)
                    pending += Array(answer(to: command).utf8)
                }
                action = .read
            case .writeContent(let bytes):
                course.content = bytes
                pending += Array(answer(to: "content").utf8)
                action = transaction.contentIsOut()
            case .read:
                guard !pending.isEmpty else {
                    action = transaction.interrupted(.closed)
                    continue
                }
                let piece = Array(pending.prefix(pieceSize))
                pending.removeFirst(piece.count)
                action = transaction.received(piece)
            case .finish(let outcome, let keepSession):
                course.outcome = outcome
                course.keepSession = keepSession
                return course
            }
        }
    }

    private func answer(to command: String) -> String {
        let verb = command.prefix { $0 != " " }
        if let reply = replies[String(verb)] { return reply }
        return verb == "DATA" ? "354 go on\r\n" : verb == "content" ? "250 2.0.0 Ok: queued as 4XyZ\r\n" : "250 Ok\r\n"
    }
}

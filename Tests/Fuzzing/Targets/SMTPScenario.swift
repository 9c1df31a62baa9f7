@testable import Senders

/// One transaction: what the server can do, what it says after each of our writes, and how the connection ends.
struct SMTPScenario {
    private let capabilities: SMTPCapabilities
    private let message: [UInt8]
    /// What arrives after each write, in pieces; what is left when nothing is waited for any more never arrives.
    private let answers: [[[UInt8]]]
    private let ending: SMTPTransaction.Interruption
    /// Where a write breaks off; and whether its bytes were all out by then.
    private let brokenWrite: (number: Int, isOut: Bool)?

    init(_ random: inout SeededRandom) {
        capabilities = SMTPCapabilities(pipelining: random.once(in: 2), size: random.once(in: 2), smtpUTF8: true)
        message = Array(TextGenerator.standard.text(&random, upTo: 200).utf8)
        let isPlain = random.once(in: 3)
        let pipelining = capabilities.pipelining
        answers = (0..<5).map { turn in
            var bytes: [UInt8] = []
            for reply in Self.usual(turn: turn, pipelining: pipelining) {
                bytes += isPlain || !random.once(in: 4) ? Array(reply.utf8) : SMTPAnswers.reply(&random)
            }
            if !isPlain, random.once(in: 8) { bytes += SMTPAnswers.bytes(&random) }
            if !isPlain, random.once(in: 20) { bytes.removeLast(min(bytes.count, random.size(upTo: 12))) }
            return Self.cut(bytes, &random)
        }
        ending = random.pick([.closed, .timedOut, .cancelled, .unreadable("not a reply")])
        brokenWrite = random.once(in: 10) ? (random.below(5), random.once(in: 2)) : nil
    }

    private static func usual(turn: Int, pipelining: Bool) -> [String] {
        let content = "250 2.0.0 Ok: queued as 4XyZ1\r\n"
        let turns =
            pipelining
            ? [["250 Ok\r\n", "250 Ok\r\n", "354 go\r\n"], [content]]
            : [["250 Ok\r\n"], ["250 Ok\r\n"], ["354 go\r\n"], [content]]
        return turn < turns.count ? turns[turn] : ["250 Ok\r\n"]
    }

    private static func cut(_ bytes: [UInt8], _ random: inout SeededRandom) -> [[UInt8]] {
        guard !random.once(in: 3) else { return bytes.isEmpty ? [] : [bytes] }
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(1 + random.below(12))
            pieces.append(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }

    func play() throws {
        guard let envelope = SMTPEnvelope(sender: "from@ourco.example", recipient: "ada.lovelace@example.com") else {
            throw Violation(description: "no envelope")
        }
        let stuffed = DotStuffing.content(of: message)
        var transaction = SMTPTransaction(envelope: envelope, content: stuffed, capabilities: capabilities)
        var course = Course()
        var action = transaction.start()
        var pending: [[UInt8]] = []
        var writes = 0
        for _ in 0..<20_000 {
            switch action {
            case .write(let bytes), .writeContent(let bytes):
                var isContent = false
                if case .writeContent = action { isContent = true }
                try course.check(bytes, isContent: isContent, message: message)
                if let broken = brokenWrite, broken.number == writes {
                    if isContent, broken.isOut { course.contentIsOut(&transaction) }
                    action = transaction.interrupted(ending)
                    continue
                }
                if writes < answers.count { pending += answers[writes] }
                writes += 1
                action = isContent ? course.contentIsOut(&transaction) : .read
            case .read:
                guard !pending.isEmpty else {
                    action = transaction.interrupted(ending)
                    continue
                }
                let piece = pending.removeFirst()
                course.received(piece)
                action = transaction.received(piece)
            case .finish(let outcome, let keepSession):
                try course.check(outcome, keepSession: keepSession, unread: pending)
                return
            }
        }
        throw Violation(description: "no end after 20,000 steps")
    }
}

extension SMTPScenario {
    /// What went over the wire so far, and what may be concluded from it.
    struct Course {
        private var isOut = false
        private var received: [UInt8] = []
        /// The server's bytes since its last complete line before the final dot left.
        private var afterLastByte: [UInt8] = []

        mutating func received(_ bytes: [UInt8]) {
            received += bytes
            afterLastByte += bytes
            if !isOut, let end = afterLastByte.lastIndex(of: UInt8(ascii: "\n")) {
                afterLastByte.removeSubrange(...end)
            }
        }

        @discardableResult
        mutating func contentIsOut(_ transaction: inout SMTPTransaction) -> SMTPTransaction.Action {
            isOut = true
            return transaction.contentIsOut()
        }

        func check(_ bytes: [UInt8], isContent: Bool, message: [UInt8]) throws {
            try require(bytes.suffix(2) == [0x0D, 0x0A], "a write that ends within a line")
            guard isContent else {
                // Each command is one line, and none of it comes from the message.
                let lines = bytes.split(separator: 0x0A).map { $0.dropLast() }
                try require(lines.allSatisfy { !$0.contains(0x0D) && !$0.contains(0) }, "CR or NUL within a command")
                try require(!isOut, "a command after the content")
                return
            }
            try require(!isOut, "the content twice")
            try require(bytes.suffix(3) == [0x2E, 0x0D, 0x0A], "the content has no final dot")
            try require(DotStuffingRules.unstuffed(bytes) != nil, "a dot that ends the content early")
        }

        func check(_ outcome: SMTPTransaction.Outcome, keepSession: Bool, unread: [[UInt8]]) throws {
            switch outcome {
            case .accepted(let reply):
                try require(isOut, "accepted before the last byte was out")
                try require(reply.severity == .completed, "accepted by \(reply.code)")
                let code = Array(String(reply.code).utf8)
                let lines = afterLastByte.split(separator: 0x0A)
                try require(
                    lines.contains { $0.starts(with: code) },
                    "accepted without \(reply.code) after the last byte"
                )
            case .rejected(let step, let reply):
                try require(reply.severity == .transient || reply.severity == .permanent, "rejected by \(reply.code)")
                try require(step != .greeting && step != .hello && step != .login, "rejected at \(step)")
                let code = Array(String(reply.code).utf8)
                try require(received.split(separator: 0x0A).contains { $0.starts(with: code) }, "a reply nobody sent")
            case .interrupted(_, let progress):
                try require(
                    (progress == .afterLastByte) == isOut,
                    "\(progress), and the last byte's being out is \(isOut)"
                )
                try require(progress != .unanswered || received.isEmpty, "unanswered, though something came")
                try require(!keepSession, "an interrupted session is kept")
            }
        }
    }
}

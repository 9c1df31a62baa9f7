import Pipeline

@testable import Senders

extension FuzzTarget {
    /// The parser finds the same replies in the same bytes, however they are cut.
    static var smtpReplies: FuzzTarget {
        FuzzTarget("smtp-replies", weight: 600) { random in
            (SMTPAnswers.bytes(&random), (0..<8).map { _ in random.size(upTo: 40) })
        } check: { bytes, cuts in
            let whole = Self.replies(in: [bytes])
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            var cut = 0
            while !rest.isEmpty {
                let piece = rest.prefix(cuts[cut % cuts.count] + 1)
                pieces.append(Array(piece))
                rest = rest.dropFirst(piece.count)
                cut += 1
            }
            let cutUp = Self.replies(in: pieces)
            try require(whole.replies == cutUp.replies, "other replies when cut: \(whole.replies) and \(cutUp.replies)")
            try require(whole.isMalformed == cutUp.isMalformed, "malformed only one way")
            for reply in whole.replies {
                try require((200...599).contains(reply.code), "the code \(reply.code)")
                try require(
                    (1...SMTPReplyParser.maximumLines).contains(reply.lines.count),
                    "\(reply.lines.count) lines"
                )
                if let status = reply.enhancedStatus {
                    try require(status.class == reply.code / 100, "an enhanced status of another class")
                }
                if let id = SMTPMessageID.find(in: reply) {
                    try require((1...128).contains(id.utf8.count), "a message id of \(id.utf8.count) bytes")
                }
                for step in SMTPAnswers.steps {
                    let said = SMTPClassification.result(step: step, reply: reply, hiding: SMTPAnswers.secrets)
                    if case .accepted = said.verdict {
                        try require(step == .content && reply.severity == .completed, "accepted by \(reply) at \(step)")
                    }
                }
            }
        }
    }

    /// A whole transaction against a server that says anything at any time.
    static var smtpTransactions: FuzzTarget {
        FuzzTarget("smtp-machine", weight: 2200, generate: { SMTPScenario(&$0) }, check: { try $0.play() })
    }

    private static func replies(in pieces: [[UInt8]]) -> (replies: [SMTPReply], isMalformed: Bool) {
        var parser = SMTPReplyParser()
        var replies: [SMTPReply] = []
        for piece in pieces {
            parser.append(piece)
            do {
                while let reply = try parser.next() { replies.append(reply) }
            } catch {
                return (replies, true)
            }
        }
        return (replies, false)
    }
}

/// What servers answer, and what no server should.
enum SMTPAnswers {
    static let steps: [SMTPStep] = [.greeting, .hello, .startTLS, .login, .mail, .recipient, .data, .content]
    static let secrets = ["ada.lovelace@example.com", "ada.lovelace"]

    private static let mutator = ByteMutator(
        dictionary: [
            "250 ", "250-", "354 ", "421 ", "550 5.1.1 ", "\r\n", "\n", "\r", "\u{0}", "2", "25", "250", "\r\n.\r\n",
        ]
    )

    static func reply(_ random: inout SeededRandom) -> [UInt8] {
        let code = random.once(in: 12) ? String(random.below(1000)) : random.pick(codes)
        let lines = random.once(in: 20) ? random.size(upTo: 140) : random.below(3)
        let end = random.once(in: 10) ? random.pick(["\n", "\r", "\n\r", ""]) : "\r\n"
        var text = ""
        for _ in 0..<lines { text += "\(code)-\(words(&random))\(end)" }
        text += code + (random.once(in: 10) ? "" : " " + words(&random)) + end
        return Array(text.utf8)
    }

    static func bytes(_ random: inout SeededRandom) -> [UInt8] {
        var bytes = (0..<(1 + random.below(4))).flatMap { _ in reply(&random) }
        if random.once(in: 2) { mutator.mutate(&bytes, &random, count: 1 + random.below(3)) }
        if random.once(in: 300) { bytes += repeatElement(random.pick([0x20, 0x0A, 0x32]), count: 5000) }
        return bytes
    }

    private static let codes = [
        "220", "221", "250", "251", "252", "334", "354", "354", "250", "421", "450", "451", "452", "500", "503", "530",
        "535", "550", "552", "554", "555", "250", "200", "299", "300", "599",
    ]

    private static func words(_ random: inout SeededRandom) -> String {
        switch random.below(5) {
        case 0: TextGenerator.standard.text(&random, upTo: 200)
        case 1: "2.0.0 Ok: queued as 4XyZ\(random.below(1000))"
        case 2:
            random.pick(["5.1.1 ", "4.3.2 ", "5.3.4 ", "9.9.9 ", "5.1111.1 "])
                + "<ada.lovelace@example.com> +4915112345678"
        default: "Ok"
        }
    }
}

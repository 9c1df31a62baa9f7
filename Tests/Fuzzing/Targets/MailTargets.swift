import DomainEvents
import FoundationEssentials

@testable import Senders

extension FuzzTarget {
    /// Any text in any place: the message has the fields and parts it always has, and nothing an SMTP server could misread.
    static var mails: FuzzTarget {
        FuzzTarget("mails", weight: 500) {
            MailMessage(fuzzed: &$0)
        } check: { message in
            try MailRules.check(message)
        }
    }
}

extension MailMessage {
    /// Senders and recipients are what the program takes as such; all else is anything.
    init(fuzzed random: inout SeededRandom) {
        let text = TextGenerator.standard
        var mailboxes: [Mailbox] = []
        for _ in 0..<2 {
            let written = random.once(in: 2) ? "\(text.text(&random, upTo: 300)) <a@example.com>" : "a@ünï.example"
            if let mailbox = try? Mailbox(parsing: written) { mailboxes.append(mailbox) }
        }
        let address = EmailAddress(text.piece(&random) + "@" + text.piece(&random) + ".example")
        let fallback = EmailAddress("ada@example.com")
        var subject = text.text(&random, upTo: random.once(in: 20) ? 20_000 : 300)
        if random.once(in: 50) {
            let run = String(repeating: random.pick([" ", "a", "a ", "ä", "\t", "=?"]), count: random.below(3_000))
            subject = "\(text.piece(&random))\(run)\(text.piece(&random))"
        }
        let plain = text.text(&random, upTo: 3_000)
        let html = text.text(&random, upTo: 3_000)
        let (stableID, eventID) = (text.text(&random, upTo: 200), text.text(&random, upTo: 1_024))
        let seconds = random.pick([0, -1e18, 1e18, 1_768_469_400.5, 253_402_300_799])
        guard let from = mailboxes.first ?? (try? Mailbox(parsing: "a@example.com")), let to = address ?? fallback
        else {
            preconditionFailure("the generator's own addresses are none")
        }
        self.init(
            from: from,
            replyTo: mailboxes.dropFirst().first,
            to: to,
            subject: subject,
            text: plain,
            html: html,
            stableID: stableID,
            eventID: eventID,
            date: Date(timeIntervalSince1970: seconds)
        )
    }
}

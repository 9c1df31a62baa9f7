import DomainEvents
import FoundationEssentials
import Pipeline
import Transfer

/// Puts emails into a Maildir (`file.path`/`mail`) in place of sending them: for demos, tests and staging.
public struct FileMailSender: Sender {
    public let name: String
    public let channel = Channel.email
    private let folder: MessageFolder
    private let from: Mailbox
    private let replyTo: Mailbox?
    private let clock = ContinuousClock()

    /// - Parameter path: the folder that `file.path` names; made with its parents when the first message comes.
    public init(name: String = "file", path: String, from: Mailbox, replyTo: Mailbox? = nil) {
        self.name = name
        self.from = from
        self.replyTo = replyTo
        folder = MessageFolder(root: "\(path)/mail", isMaildir: true)
    }

    public func send(
        _ notification: OutgoingNotification,
        _ steps: SendSteps
    ) async -> SendReport {
        let start = clock.now
        let result =
            await steps.begin()
            ? await result(of: notification, onLastByte: steps.lastByteIsOut) : Judgement(.abandoned)
        return SendReport(
            result: result.verdict,
            standing: result.standing,
            provider: name,
            timings: TransferTimings(total: start.duration(to: clock.now))
        )
    }

    private func result(of notification: OutgoingNotification, onLastByte: () -> Void) async -> Judgement {
        guard
            case .email(let subject, let html, let text) = notification.content,
            case .email(let recipient) = notification.address
        else {
            return Judgement(.permanent(.addressMissing, "an email needs email content and an email address"), .unknown)
        }
        guard !Task.isCancelled, !folder.isShutDown else { return Judgement(.abandoned) }
        let message = MailMessage(
            from: from,
            replyTo: replyTo,
            to: recipient,
            subject: subject,
            text: text,
            html: html,
            stableID: notification.stableID,
            eventID: notification.eventID,
            date: notification.date
        )
        return await folder.accept(message.encoded(), notification, onLastByte: onLastByte)
    }

    public func probe() async -> ProbeResult {
        await folder.probe()
    }

    public func shutdown() async {
        folder.shutDown()
    }
}

extension MessageFolder {
    func accept(_ bytes: [UInt8], _ notification: OutgoingNotification, onLastByte: () -> Void) async -> Judgement {
        let microseconds = Date().timeIntervalSince1970 * 1_000_000
        do {
            let name = try await write(bytes, stableID: notification.stableID, microseconds: Int64(microseconds))
            // From the next step on somebody may read it.
            onLastByte()
            try await publish(name)
            return Judgement(.accepted(providerMessageID: name))
        } catch {
            // A full disk or a missing permission: no message can be written before somebody sees to it.
            return Judgement(.refused(.fileWrite, error.detail))
        }
    }

    func probe() async -> ProbeResult {
        do {
            try await check()
            return .healthy("writes files")
        } catch {
            return .refused(.fileWrite, error.detail)
        }
    }
}

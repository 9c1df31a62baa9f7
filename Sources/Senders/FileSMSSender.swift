import DomainEvents
import FoundationEssentials
import Pipeline
import Transfer

/// Puts SMS into files (`file.path`/`sms`, one each) in place of sending them: for demos, tests and staging.
///
/// A file has the lines `To:`, `From:`, `Date:`, `Notifyd-Event-ID:`, an empty one, and the text.
public struct FileSMSSender: Sender {
    public let name: String
    public let channel = Channel.sms
    private let folder: MessageFolder
    private let from: String
    private let clock = ContinuousClock()

    /// - Parameters:
    ///   - path: the folder that `file.path` names; made with its parents when the first message comes.
    ///   - from: what the phone would show.
    public init(name: String = "file", path: String, from: String = "notifyd") {
        self.name = name
        self.from = from
        folder = MessageFolder(root: "\(path)/sms", isMaildir: false)
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
        guard case .sms(let text, _) = notification.content, case .phone(let number) = notification.address else {
            return Judgement(.permanent(.addressMissing, "an SMS needs SMS content and a phone number"), .unknown)
        }
        guard !Task.isCancelled, !folder.isShutDown else { return Judgement(.abandoned) }
        let file = """
            To: \(number.value)
            From: \(Self.oneLine(from))
            Date: \(CivilTime(notification.date).internetDate)
            Notifyd-Event-ID: \(Self.oneLine(notification.eventID))

            \(text)

            """
        return await folder.accept(Array(file.utf8), notification, onLastByte: onLastByte)
    }

    /// What comes from outside cannot begin another line.
    private static func oneLine(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(MailMessage.maximumEventIDLength) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: line.append(" ")
            default: line.append(scalar)
            }
        }
        return String(line)
    }

    public func probe() async -> ProbeResult {
        await folder.probe()
    }

    public func shutdown() async {
        folder.shutDown()
    }
}

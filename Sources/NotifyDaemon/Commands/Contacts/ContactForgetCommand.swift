import ArgumentParser
import NotificationLog

/// `notifyd contact forget ID`.
struct ContactForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Deletes what is known of a recipient; an older event that comes late does not bring it back.",
        discussion: """
            An empty row with the time of now stays, for an unknown recipient too. Bodies in parked and dead_letter, and \
            the log, which holds no address, are not touched; see notifyd log --recipient and notifyd dlq drop.

            EXAMPLES
              notifyd contact forget user-42
            """
    )

    @Argument(help: ArgumentHelp("The recipient's id (userId).", valueName: "id"))
    var id: String

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !id.isEmpty, id.utf8.count <= 200, !id.utf8.contains(0) else {
            throw ValidationError("an id has 1 to 200 bytes")
        }
    }

    func run() async throws {
        let wasKnown = try await withCommandDatabase(common.environment().wiring) { database in
            try await database.contactRegister.forget(id, note: OperatorNote(who: Operator.current))
        }
        if common.json {
            StandardStreams.print(try JSONOutput.line(ContactForgetReport(recipientID: id, wasKnown: wasKnown)))
        } else {
            let ending = wasKnown ? "" : "; nothing was known of it"
            StandardStreams.print(PrintableText.escaped("forgotten: \(id)\(ending)"))
        }
    }
}

private struct ContactForgetReport: Encodable {
    var recipientID: String
    var wasKnown: Bool

    private enum CodingKeys: String, CodingKey {
        case recipientID = "recipient_id"
        case wasKnown = "was_known"
    }
}

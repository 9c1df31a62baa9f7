import ArgumentParser
import FoundationEssentials
import NotificationLog

/// `notifyd contact show ID`.
struct ContactShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "What is known of a recipient; addresses are masked unless --reveal, which is recorded.",
        discussion: """
            Each field has the time of the event or import that it is from.

            EXAMPLES
              notifyd contact show user-42
              notifyd contact show user-42 --reveal
            """
    )

    @Argument(help: ArgumentHelp("The recipient's id (userId).", valueName: "id"))
    var id: String

    @Flag(help: "Show the addresses; this is recorded in operator_action.")
    var reveal = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let row = try await withCommandDatabase(common.environment().wiring) { database in
            guard let entry = try await database.contactRegister.entry(of: id) else {
                throw CommandFailure(.failed, "there is no contact \(id)")
            }
            if reveal {
                // First the record, then the value: nobody sees one without the other.
                try await database.queries.record(
                    who: Operator.current,
                    action: "reveal",
                    filter: nil,
                    targets: ["contact:\(id)"],
                    reason: nil
                )
            }
            return ContactRow(entry, isRevealed: reveal)
        }
        if common.json {
            StandardStreams.print(try JSONOutput.line(row))
        } else {
            StandardStreams.print(row.table)
        }
    }
}

/// A contact as it is printed.
struct ContactRow: Encodable {
    struct Field: Encodable {
        var value: String?
        var at: Date?
    }

    /// The columns' names, in the table's order.
    private(set) var fields: [(name: String, field: Field)] = []
    let recipientID: String
    private let optOut: [String]
    private let optOutAt: Date?

    init(_ entry: ContactEntry, isRevealed: Bool) {
        recipientID = entry.recipientID
        optOut = entry.optOut
        optOutAt = entry.optOutAt
        for field in entry.fields {
            let isAddress = ["email", "phone"].contains(field.name)
            let value = isAddress && !isRevealed ? field.value.map(AddressProtector.mask) : field.value
            fields.append((field.name, Field(value: value, at: field.at)))
        }
    }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    /// One member for each column, the times among them; null where nothing is known.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        try container.encode(recipientID, forKey: Name("recipient_id"))
        for (name, field) in fields {
            try container.encode(field.value, forKey: Name(name))
            try container.encode(field.at, forKey: Name("\(name)_at"))
        }
        try container.encode(optOut, forKey: Name("opt_out"))
        try container.encode(optOutAt, forKey: Name("opt_out_at"))
    }

    var table: TextTable {
        var rows = [["recipient_id", recipientID, "-"]]
        rows += fields.map { [$0.name, $0.field.value ?? "-", $0.field.at.map { TimeText.withAge($0) } ?? "-"] }
        rows.append([
            "opt_out", optOut.isEmpty ? "-" : optOut.joined(separator: ", "),
            optOutAt.map { TimeText.withAge($0) } ?? "-",
        ])
        return TextTable(
            columns: [TableColumn("FIELD", .last), "VALUE", TableColumn("AS OF", .last)],
            rows: rows
        )
    }
}

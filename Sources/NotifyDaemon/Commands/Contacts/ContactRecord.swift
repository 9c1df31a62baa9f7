import DomainEvents
import FoundationEssentials

/// One contact of a file, checked: unlike an event, an import can be corrected and run again, so it is strict.
struct ContactRecord: Equatable {
    enum Field: String, CaseIterable {
        case userId, email, phone, name, locale, preferredChannel, timezone, optOut

        /// As an event has it, and as the table `contact` and `notifyd contact show` have it.
        var names: [String] {
            switch self {
            case .userId: ["userId", "user_id", "recipient_id"]
            case .preferredChannel: ["preferredChannel", "preferred_channel"]
            case .optOut: ["optOut", "opt_out"]
            case .email, .phone, .name, .locale, .timezone: [rawValue]
            }
        }

        /// - Parameter kind: what of the file has the name.
        init(named name: String, _ kind: String) throws(ContactProblem) {
            guard let field = Self.allCases.first(where: { $0.names.contains(name) }) else {
                let nearest = NearestName.of(name, among: Self.allCases.flatMap(\.names)) ?? ""
                throw ContactProblem("\(name) is no known \(kind); the nearest is \(nearest)")
            }
            self = field
        }
    }

    private(set) var recipientID = ""
    private(set) var fields = ContactFields()

    /// The fields of a header line.
    static func columns(_ names: [String]) throws(ContactProblem) -> [Field] {
        var columns: [Field] = []
        for name in names {
            let trimmed = trimmed(name)
            let field = try Field(named: trimmed, "column")
            if let place = columns.firstIndex(of: field) {
                let earlier = Self.trimmed(names[place])
                throw ContactProblem(
                    earlier == trimmed
                        ? "the column \(trimmed) is there twice" : "the columns \(earlier) and \(trimmed) are the same"
                )
            }
            columns.append(field)
        }
        guard columns.contains(.userId) else { throw ContactProblem("the column userId is missing") }
        return columns
    }

    /// An empty cell leaves the field as it is.
    init(cells: [String], columns: [Field]) throws(ContactProblem) {
        guard cells.count == columns.count else {
            throw ContactProblem("it has \(cells.count) fields, the header has \(columns.count)")
        }
        for (field, cell) in zip(columns, cells) {
            let text = Self.trimmed(cell)
            if field == .optOut {
                let items = text.split(separator: ";").map { Self.trimmed(String($0)) }.filter { !$0.isEmpty }
                if !items.isEmpty { fields.optOut = .value(try Self.categories(items)) }
            } else if !text.isEmpty {
                try set(field, .value(text))
            }
        }
        try checkID()
    }

    /// A JSON object with the same names; null removes a field.
    init(json: [UInt8]) throws(ContactProblem) {
        guard case .object(let members)? = try? JSONValue(parsing: json) else {
            throw ContactProblem("it is not a JSON object")
        }
        var names: [Field: String] = [:]
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let field = try Field(named: name, "member")
            if let earlier = names.updateValue(name, forKey: field) {
                throw ContactProblem("the members \(earlier) and \(name) are the same")
            }
            switch (field, value) {
            case (.optOut, .array(let elements)):
                var items: [String] = []
                for element in elements {
                    guard case .string(let text) = element else {
                        throw ContactProblem("optOut is not a list of texts")
                    }
                    items.append(text)
                }
                fields.optOut = .value(try Self.categories(items))
            case (.optOut, .null): fields.optOut = .removed
            case (.optOut, _): throw ContactProblem("optOut is not a list of texts")
            case (.userId, .number(let number)):
                guard let id = number.integerID else {
                    throw ContactProblem("userId is a number with a fraction or beyond 64 bits; write it as a text")
                }
                try set(field, .value(id))
            case (.userId, .null): throw ContactProblem("userId is missing")
            case (_, .null): try set(field, .removed)
            case (_, .string(let text)): try set(field, .value(Self.trimmed(text)))
            default: throw ContactProblem("\(name) is not a text")
            }
        }
        try checkID()
    }

    func change(at time: Date) -> ContactChange {
        ContactChange(recipientID: recipientID, occurredAt: time, fields: fields, isDeletion: false)
    }

    private mutating func set(_ field: Field, _ value: ContactField<String>) throws(ContactProblem) {
        switch field {
        case .userId: recipientID = value.value ?? ""
        case .email:
            fields.email = value
            if let problem = value.value.flatMap(EmailAddress.problem) { throw ContactProblem("email: \(problem)") }
        case .phone:
            fields.phone = value
            if let problem = value.value.flatMap(PhoneNumber.problem) { throw ContactProblem("phone: \(problem)") }
        case .name: fields.name = value
        case .locale:
            fields.locale = value
            try Self.check(value, LocaleTag.init, "locale is not one such as en or de-AT")
        case .preferredChannel:
            fields.preferredChannel = value
            try Self.check(value, Channel.init(rawValue:), "preferredChannel is not email or sms")
        case .timezone:
            fields.timezone = value
            try Self.check(
                value,
                { TimeZoneName($0).flatMap { TimeZone(identifier: $0.value) } },
                "timezone is not one such as Europe/Vienna"
            )
        case .optOut: break
        }
    }

    private static func check<Value>(
        _ field: ContactField<String>,
        _ parse: (String) -> Value?,
        _ message: String
    ) throws(ContactProblem) {
        if let text = field.value, parse(text) == nil { throw ContactProblem(message) }
    }

    private func checkID() throws(ContactProblem) {
        guard !recipientID.isEmpty else { throw ContactProblem("userId is missing") }
        guard recipientID.utf8.count <= 200, !recipientID.utf8.contains(0) else {
            throw ContactProblem("userId is longer than 200 bytes or has a NUL")
        }
    }

    /// `transactional` has no opt-out (contract section 9).
    private static func categories(_ items: [String]) throws(ContactProblem) -> [String] {
        for item in items where !["service", "marketing"].contains(item) {
            throw ContactProblem("optOut has \(item); it takes service and marketing")
        }
        return items
    }

    private static func trimmed(_ text: String) -> String {
        guard let start = text.firstIndex(where: { !$0.isWhitespace }),
            let end = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[start...end])
    }
}

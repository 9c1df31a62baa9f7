import DomainEvents
import FoundationEssentials
import Pipeline

/// Makes the bodies of the events to publish: the same each time, or a sample that is another event each time.
struct EventSource: Equatable {
    private let body: [UInt8]
    /// The fields that get a fresh ending.
    private let identityFields: [String]

    init(body: [UInt8], identityFields: [String] = []) {
        self.body = body
        self.identityFields = identityFields
    }

    /// - Throws: a failure when the catalogue has no such type or the type no sample `default`.
    init(sampleOf type: String, in catalogue: Catalogue) throws(CommandFailure) {
        guard let definition = catalogue.types[type] else {
            let nearest =
                NearestName.of(type, among: catalogue.types.keys.sorted()).map { "; the nearest is \($0)" } ?? ""
            throw CommandFailure(.failed, "\(type) is not in the catalogue\(nearest)")
        }
        guard let body = definition.samples["default"] else {
            throw CommandFailure(.failed, "\(type) has no samples/default.json; give the event with --data")
        }
        self.init(body: body, identityFields: definition.dedupe)
    }

    /// Why the daemon would reject the body, as far as its form goes; it is published all the same.
    var complaint: String? {
        guard body.count <= 1 << 20 else { return "the event is over 1 MiB and will be rejected" }
        guard case .object? = try? JSONValue(parsing: body) else {
            return "the event is not a JSON object and will be rejected"
        }
        return nil
    }

    /// - Parameter ending: put behind the identity fields' values.
    func body(ending: String) -> [UInt8] {
        guard !identityFields.isEmpty, var text = String(validating: body, as: UTF8.self) else { return body }
        for field in identityFields { Self.append(ending, to: field, in: &text) }
        return Array(text.utf8)
    }

    /// Edits the text itself, so that everything else, numbers above all, stays byte for byte.
    private static func append(_ ending: String, to field: String, in text: inout String) {
        guard let name = text.firstRange(of: "\"\(field)\"") else { return }
        var rest = text[name.upperBound...].drop { $0.isWhitespace || $0 == ":" }
        if rest.first == "\"" {
            rest = rest.dropFirst()
            var isEscaped = false
            let value = rest.prefix { character in
                if isEscaped {
                    isEscaped = false
                    return true
                }
                isEscaped = character == "\\"
                return character != "\""
            }
            text.insert(contentsOf: "-\(ending)", at: value.endIndex)
        } else {
            let number = rest.prefix { $0.isASCII && $0.isNumber }
            guard !number.isEmpty else { return }
            text.replaceSubrange(number.startIndex..<number.endIndex, with: "\"\(number)-\(ending)\"")
        }
    }
}

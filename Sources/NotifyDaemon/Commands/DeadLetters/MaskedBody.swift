import DomainEvents
import FoundationEssentials

/// A stored body with its values masked: the shape of the event shows, nothing that somebody wrote into it does.
enum MaskedBody {
    /// - Returns: JSON with `***` for every value, or the size alone where the body is no JSON.
    static func text(_ body: [UInt8]) -> String {
        guard let value = try? JSONValue(parsing: body) else {
            return "(\(body.count) bytes, not JSON)"
        }
        return masked(value)
    }

    private static func masked(_ value: JSONValue) -> String {
        switch value {
        case .null: return "null"
        case .boolean, .number, .string: return "\"***\""
        case .array(let elements): return "[" + elements.map(masked).joined(separator: ", ") + "]"
        case .object(let members):
            let pairs = members.sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \(masked($0.value))" }
            return "{" + pairs.joined(separator: ", ") + "}"
        }
    }

    private static func quoted(_ name: String) -> String {
        (try? JSONOutput.line(name)) ?? "\"?\""
    }
}

import DomainEvents
import FoundationEssentials

/// A stored body as `--reveal` shows it: everything but what the catalogue calls sensitive.
enum RevealedBody {
    /// Where CloudEvents puts an event's data as base64 (CloudEvents JSON format 1.0.2, §3.1): nobody can look into it here.
    private static let encodedData = "data_base64"

    /// - Parameter sensitive: names of fields, masked at any depth, since an envelope may wrap the event's data. What wraps
    ///   it as base64 is masked as a whole.
    /// - Returns: the body as it came where nothing is sensitive; the size alone where sensitive fields cannot be found
    ///   because the body is no JSON.
    static func text(_ body: [UInt8], without sensitive: Set<String>) -> String {
        guard !sensitive.isEmpty else { return String(decoding: body, as: UTF8.self) }
        guard let value = try? JSONValue(parsing: body) else {
            return "(\(body.count) bytes, not JSON, of a type with sensitive fields)"
        }
        return text(value, sensitive.union([encodedData]))
    }

    private static func text(_ value: JSONValue, _ sensitive: Set<String>) -> String {
        switch value {
        case .null: return "null"
        case .boolean(let value): return value ? "true" : "false"
        case .number(let number): return number.description
        case .string(let text): return quoted(text)
        case .array(let elements): return "[" + elements.map { text($0, sensitive) }.joined(separator: ", ") + "]"
        case .object(let members):
            let pairs = members.sorted { $0.key < $1.key }.map { name, value in
                "\(quoted(name)): \(sensitive.contains(name) ? "\"***\"" : text(value, sensitive))"
            }
            return "{" + pairs.joined(separator: ", ") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        (try? JSONOutput.line(text)) ?? "\"?\""
    }
}

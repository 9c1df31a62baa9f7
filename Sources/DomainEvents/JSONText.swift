import FoundationEssentials

/// Reads an event's body: one JSON object in UTF-8, within bounds, without the liberties that parsers take differently.
///
/// Foundation's decoder lets a trailing comma and a byte order mark pass and keeps one of two members of the same name;
/// what two services read differently is refused here, and so is nesting that would cost a recursive reader its stack.
enum JSONText {
    static let maximumDepth = 64

    static func object(in bytes: [UInt8]) throws(EventRejection) -> [String: JSONValue] {
        guard case .object(let members) = try value(in: bytes) else {
            throw .shape("the body is JSON but not an object")
        }
        return members
    }

    private static func value(in bytes: [UInt8]) throws(EventRejection) -> JSONValue {
        guard !bytes.isEmpty else { throw invalid("the body is empty") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw invalid("the body is not UTF-8") }
        let structure = try Structure(of: bytes)
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        } catch {
            throw invalid("the body is not JSON, or holds a number or text that cannot be represented")
        }
        guard value.memberCount == structure.members else {
            throw invalid("an object in the body has two members of the same name")
        }
        guard !structure.hasEscapes || !value.containsNUL else { throw .shape("a text in the body holds NUL") }
        return value
    }

    private static func invalid(_ message: String) -> EventRejection {
        EventRejection(code: .jsonInvalid, message: message)
    }

    /// What can be told from the bytes alone, in one pass, before anything recursive reads them.
    struct Structure: Equatable {
        /// Members of all objects, counted by their colons.
        var members = 0
        var hasEscapes = false

        init(of bytes: [UInt8]) throws(EventRejection) {
            guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
                throw JSONText.invalid("the body begins with a byte order mark")
            }
            var depth = 0
            var isInString = false
            var isEscaped = false
            var followsComma = false
            for byte in bytes {
                if isInString {
                    if isEscaped {
                        isEscaped = false
                    } else if byte == ASCII.backslash {
                        isEscaped = true
                        hasEscapes = true
                    } else if byte == ASCII.quote {
                        isInString = false
                    } else if byte < 0x20 {
                        throw JSONText.invalid("a text in the body holds an unescaped control character")
                    }
                    continue
                }
                switch byte {
                case 0x20, 0x09, 0x0A, 0x0D:
                    continue
                case ASCII.quote:
                    isInString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    guard depth <= JSONText.maximumDepth else {
                        throw JSONText.invalid("the body is nested deeper than \(JSONText.maximumDepth) levels")
                    }
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    guard !followsComma else { throw JSONText.invalid("the body has a comma before a closing bracket") }
                    depth -= 1
                case ASCII.colon:
                    members += 1
                default:
                    break
                }
                followsComma = byte == ASCII.comma
            }
        }
    }
}

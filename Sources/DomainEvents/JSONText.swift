/// Reads an event's body: one JSON object in UTF-8.
enum JSONText {
    static func object(in bytes: [UInt8]) throws(EventRejection) -> [String: JSONValue] {
        guard case .object(let members) = try JSONReader.value(in: bytes) else {
            throw .shape("the body is JSON but not an object")
        }
        return members
    }
}

extension JSONValue {
    /// Reads a JSON text under the rules for an event's body.
    ///
    /// - Throws: `json.invalid`, or `shape.invalid` for a text that holds NUL.
    public init(parsing bytes: [UInt8]) throws(EventRejection) {
        self = try JSONReader.value(in: bytes)
    }
}

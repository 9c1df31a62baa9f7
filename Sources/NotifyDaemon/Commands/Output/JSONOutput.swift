import FoundationEssentials

/// What `--json` prints: one object a line, members sorted, times in RFC 3339.
enum JSONOutput {
    static func line(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(TimeText.full(date))
        }
        return escaped(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// The encoder escapes control characters; bidirectional ones and their like are escaped here, as JSON does it.
    private static func escaped(_ json: String) -> String {
        guard PrintableText.escaped(json) != json else { return json }
        var result = ""
        for scalar in json.unicodeScalars {
            if PrintableText.escaped(String(scalar)) == String(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                for unit in String(scalar).utf16 {
                    let hex = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                }
            }
        }
        return result
    }
}

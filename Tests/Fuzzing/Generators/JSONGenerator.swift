/// JSON texts: objects with the fields that matter, values of every kind, and the spellings that parsers take differently.
struct JSONGenerator: Sendable {
    /// Names of members, those that the reader knows among them.
    let names: [String]
    /// Values worth trying, as JSON.
    let values: [String]

    func object(_ random: inout SeededRandom, depth: Int = 0, base: [(String, String)] = []) -> String {
        var members = base
        for _ in 0..<random.size(upTo: depth > 2 ? 2 : 6) {
            let name = random.once(in: 8) ? TextGenerator.standard.text(&random, upTo: 40) : random.pick(names)
            let member = (name, value(&random, depth: depth + 1))
            if !members.isEmpty, random.once(in: 2) {
                members[random.below(members.count)] = member
            } else {
                members.append(member)
            }
        }
        if !members.isEmpty, random.once(in: 6) { members.remove(at: random.below(members.count)) }
        let blank = random.once(in: 8) ? random.pick([" ", "\n", "\t", "\r\n"]) : ""
        return "{" + members.map { "\(blank)\(Self.string($0.0, &random)):\(blank)\($0.1)" }.joined(separator: ",")
            + "}"
    }

    func value(_ random: inout SeededRandom, depth: Int) -> String {
        switch random.below(12) {
        case 0: return Self.string(TextGenerator.standard.text(&random, upTo: 300), &random)
        case 1: return Self.number(&random)
        case 2 where depth < 6: return object(&random, depth: depth)
        case 3 where depth < 6:
            let elements = (0..<random.size(upTo: 8)).map { _ in value(&random, depth: depth + 1) }
            return "[" + elements.joined(separator: ",") + "]"
        case 4:
            let count = random.size(upTo: 80)
            let open = random.once(in: 2) ? "[" : "{\"a\":"
            return String(repeating: open, count: count) + "1"
                + String(repeating: open == "[" ? "]" : "}", count: count)
        default: return random.pick(values)
        }
    }

    static func number(_ random: inout SeededRandom) -> String {
        let digits = { (random: inout SeededRandom) in
            String((0..<(1 + random.size(upTo: 60))).map { _ in random.pick(Array("0123456789")) })
        }
        var text = random.once(in: 4) ? "-" : ""
        text += digits(&random)
        if random.once(in: 2) { text += "." + digits(&random) }
        if random.once(in: 6) { text += random.pick(["e", "E", "e+", "e-"]) + digits(&random) }
        return text
    }

    /// Quoted, with the escapes JSON demands, some it does not, and now and then a broken one.
    static func string(_ text: String, _ random: inout SeededRandom) -> String {
        let style = random.below(10)
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1F}": result += style == 0 ? String(scalar) : Self.escape(UInt16(scalar.value))
            default:
                guard style == 1 else {
                    result.unicodeScalars.append(scalar)
                    continue
                }
                for unit in UTF16.encode(scalar).map(Array.init) ?? [] { result += Self.escape(unit) }
            }
        }
        if style == 2 { result += random.pick(["\\ud800", "\\udc00", "\\u0000", "\\u12", "\\x41", "\\"]) }
        return result + "\""
    }

    private static func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}

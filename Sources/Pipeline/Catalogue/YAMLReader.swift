import Yams

/// Reads one YAML mapping with every mistake's file and line, and goes on after each.
struct YAMLReader {
    /// A key and its value.
    struct Entry {
        var key: String
        var file: String
        var line: Int
        fileprivate var node: Node
    }

    /// By key; the order is the file's.
    struct Mapping {
        var entries: [Entry]

        subscript(key: String) -> Entry? { entries.first { $0.key == key } }
    }

    private let file: String
    private let firstLine: Int
    private let root: Node?
    private(set) var problems: [CatalogueProblem] = []

    /// - Parameter firstLine: the line of `file` that `text` begins with.
    init(file: String, text: String, firstLine: Int = 1) {
        self.file = file
        self.firstLine = firstLine
        do {
            root = try compose(yaml: text)
        } catch let error as YamlError {
            root = nil
            let (message, line) = Self.explain(error)
            problems.append(CatalogueProblem(file: file, line: line.map { $0 + firstLine - 1 }, message: message))
        } catch {
            root = nil
            problems.append(CatalogueProblem(file: file, message: "no YAML: \(error)"))
        }
    }

    mutating func report(_ message: String, at line: Int?) {
        problems.append(CatalogueProblem(file: file, line: line, message: message))
    }

    /// The file's mapping; an unknown key is a problem that names the nearest known one. Nil where there is no mapping.
    mutating func mapping(keys: [String], required: [String]) -> Mapping? {
        guard problems.isEmpty else { return nil }
        guard case .mapping(let node)? = root else {
            report("needs keys and values, as in \(required.first ?? keys.first ?? "key"): …", at: firstLine)
            return nil
        }
        let mapping = entries(of: node)
        for entry in mapping.entries where !keys.contains(entry.key) {
            report("unknown key \(entry.key)\(NearestName.hint(for: entry.key, among: keys))", at: entry.line)
        }
        for key in required where mapping[key] == nil {
            report("\(key) is missing", at: firstLine)
        }
        return mapping
    }

    // MARK: Values

    /// Text; a number or a boolean is taken as it is written.
    mutating func string(_ entry: Entry) -> String? {
        guard case .scalar(let scalar) = entry.node else {
            report("\(entry.key) is a text", at: entry.line)
            return nil
        }
        return scalar.string
    }

    mutating func boolean(_ entry: Entry) -> Bool? {
        guard case .scalar(let scalar) = entry.node, let value = ["true": true, "false": false][scalar.string] else {
            report("\(entry.key) is true or false", at: entry.line)
            return nil
        }
        return value
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ entry: Entry, of type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let text = string(entry) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let all = Choice.allCases.map(\.rawValue)
        let hint = NearestName.hint(for: text, among: all)
        report("\(entry.key) is \(all.joined(separator: ", ")), not \"\(text)\"\(hint)", at: entry.line)
        return nil
    }

    /// The elements of a list of texts, each as an entry of its own line.
    mutating func list(_ entry: Entry) -> [Entry] {
        guard case .sequence(let nodes) = entry.node else {
            report("\(entry.key) is a list, as in \(entry.key): [one, two]", at: entry.line)
            return []
        }
        return nodes.map { Entry(key: entry.key, file: file, line: line(of: $0) ?? entry.line, node: $0) }
    }

    /// The mapping below a key.
    mutating func mapping(_ entry: Entry) -> Mapping {
        guard case .mapping(let node) = entry.node else {
            report("\(entry.key) holds keys and values, as in \(entry.key): {key: value}", at: entry.line)
            return Mapping(entries: [])
        }
        return entries(of: node)
    }

    private mutating func entries(of mapping: Node.Mapping) -> Mapping {
        Mapping(
            entries: mapping.compactMap { key, value in
                guard case .scalar(let scalar) = key else {
                    report("a key is a text", at: line(of: key))
                    return nil
                }
                return Entry(key: scalar.string, file: file, line: line(of: key) ?? firstLine, node: value)
            }
        )
    }

    private func line(of node: Node) -> Int? {
        node.mark.map { $0.line + firstLine - 1 }
    }

    /// One line, and the line of the text.
    private static func explain(_ error: YamlError) -> (String, Int?) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return ("no YAML: \(problem)", mark.line)
        case .duplicatedKeysInMapping(let duplicates, let context):
            return ("the key \(duplicates.joined(separator: ", ")) stands twice", context.mark.line)
        case .reader(let problem, _, _, _): return ("no YAML: \(problem)", nil)
        default: return ("no YAML", nil)
        }
    }
}

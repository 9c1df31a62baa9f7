/// The example file: every key of the table with its default or, where it has none, a value to begin with.
///
/// All of it is commented out, so that the file as it is changes nothing, and a key is set by taking its `#` away.
enum ConfigurationExample {
    static var text: String {
        let sections = ConfigurationKeys().sections.map { section in
            (["# \(section.title)"] + lines(section.keys)).joined(separator: "\n")
        }
        return ([head] + sections).joined(separator: "\n\n")
    }

    private static let head = """
        # The configuration of notifyd: every key, made by `notifyd config --example`.
        #
        # To set a key take the # before it away. Where a key has a default it stands here; where the comment says "no default",
        # or names one that depends on other things, what stands here is an example. Over this file go credentials, over them
        # the environment. Secrets belong there: a file that people read and copy is no place for them.
        #
        # `notifyd check` says whether all is well, `notifyd config` what is in force and where that comes from.
        """

    /// A mapping is named once, when its first key comes.
    private static func lines(_ keys: [ConfigurationKey]) -> [String] {
        var lines: [String] = []
        var open: [String] = []
        for key in keys {
            var path = key.name.split(separator: ".").map(String.init)
            let name = path.removeLast()
            let common = zip(open, path).prefix { $0 == $1 }.count
            for depth in common..<path.count { lines.append(indent(depth) + path[depth] + ":") }
            open = path
            lines += comment(key).map { "\(indent(path.count))# \($0)" }
            lines.append("\(indent(path.count))#\(name):\(value(key).map { " \($0)" } ?? "")")
        }
        return lines
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    private static func comment(_ key: ConfigurationKey) -> [String] {
        var words = [capitalized(key.meaning), "It must be \(key.type.expectation)."]
        if key.defaultText == nil {
            words.append(key.defaultNote == "none" ? "No default." : "Default: \(key.plainNote).")
        }
        if key.sensitivity == .secret { words.append("As a credential: \(key.credentialName).") }
        return wrapped(words.joined(separator: " "), width: 110)
    }

    private static func capitalized(_ text: String) -> String {
        // What begins with a name or a value keeps it: `false: …`, `smtp:// …`.
        let first = text.prefix { $0 != " " }
        let values: Set<Substring> = ["json,", "quorum", "require,"]
        let isWord = first.allSatisfy { $0.isLetter || $0 == "," } && !values.contains(first)
        return (isWord ? text.prefix(1).uppercased() + text.dropFirst() : text) + "."
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    /// A secret of the example would end up in use: there is none.
    private static func value(_ key: ConfigurationKey) -> String? {
        if key.sensitivity == .secret { return nil }
        let text = key.defaultText ?? key.example
        let isPlain = text.first.map { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "." } ?? false
        return isPlain && !text.contains(": ") && !text.contains(" #") ? text : "'\(text)'"
    }
}

import ArgumentParser

/// What somebody probably meant who typed a command that is not there.
struct CommandSuggestion: Equatable {
    /// As it was typed, with the nouns before it: `dlq lsit`.
    var typed: String
    /// Whole commands, the likeliest first; none: nothing is near.
    var meant: [String]

    /// More edits than this are another word.
    private static let largestDistance = 2

    /// - Parameter arguments: without the program's name.
    /// - Returns: nil where the command is one that there is, or the mistake is another.
    init?(_ arguments: [String], in root: CommandNames = CommandNames(Notifyd.self)) {
        var path: [String] = []
        var noun = root
        for argument in arguments where !argument.hasPrefix("-") {
            if noun.children.isEmpty || (path.isEmpty && argument == "help") { return nil }
            if let child = noun.children.first(where: { $0.name == argument }) {
                path.append(child.name)
                noun = child
                continue
            }
            typed = (path + [argument]).joined(separator: " ")
            meant = root.verbs(argument)
            if let nearest = NearestName.of(argument, among: noun.children.map(\.name)),
                Self.isNear(argument, nearest)
            {
                meant.insert(([root.name] + path + [nearest]).joined(separator: " "), at: 0)
            }
            return
        }
        return nil
    }

    /// In one line, without where the help is.
    var text: String {
        let names = meant.map { "'\($0)'" }.joined(separator: " or ")
        let hint = meant.isEmpty ? "" : "; did you mean \(names)?"
        return "there is no command '\(typed)'\(hint)"
    }

    static func isNear(_ typed: String, _ name: String) -> Bool {
        let distance = NearestName.distance(Array(typed.lowercased().utf8), Array(name.utf8))
        return distance <= min(largestDistance, name.utf8.count / 2)
    }
}

/// The names of a command and of those below it.
struct CommandNames: Equatable {
    let name: String
    let children: [CommandNames]

    init(_ command: any ParsableCommand.Type) {
        let configuration = command.configuration
        name = configuration.commandName ?? ""
        children = configuration.subcommands.map { CommandNames($0) }
    }

    /// Whole commands that end in a verb, for whoever leaves out the noun: `notifyd replay`.
    fileprivate func verbs(_ verb: String) -> [String] {
        children.flatMap { noun in
            noun.children.filter { $0.name == verb }.map { "\(name) \(noun.name) \($0.name)" }
        }
    }
}

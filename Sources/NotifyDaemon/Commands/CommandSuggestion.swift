import ArgumentParser

/// What somebody probably meant who typed a command that is not there.
struct CommandSuggestion: Equatable {
    /// As it was typed, with the nouns before it: `dlq lsit`.
    var typed: String
    /// Whole commands, the likeliest first; none: nothing is near.
    var meant: [String]
    /// The noun whose help lists what there is.
    var parent: String

    /// More edits than this are another word.
    private static let largestDistance = 2

    /// - Parameter arguments: without the program's name.
    /// - Returns: nil where the command is one that there is, or the mistake is another.
    init?(_ arguments: [String], in root: any ParsableCommand.Type = Notifyd.self) {
        var path = [root.name]
        var noun: any ParsableCommand.Type = root
        for argument in arguments where !argument.hasPrefix("-") {
            let children = noun.configuration.subcommands
            if children.isEmpty || (noun == root && argument == "help") { return nil }
            if let child = children.first(where: { $0.name == argument }) {
                path.append(child.name)
                noun = child
                continue
            }
            typed = (path.dropFirst() + [argument]).joined(separator: " ")
            parent = path.joined(separator: " ")
            meant = Self.elsewhere(argument, root)
            if let nearest = NearestName.of(argument, among: children.map(\.name)), Self.isNear(argument, nearest) {
                meant.insert("\(parent) \(nearest)", at: 0)
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

    /// The verb without its noun: `notifyd replay`.
    private static func elsewhere(_ verb: String, _ root: any ParsableCommand.Type) -> [String] {
        root.configuration.subcommands.flatMap { noun in
            noun.configuration.subcommands.filter { $0.name == verb }.map { "\(root.name) \(noun.name) \($0.name)" }
        }
    }
}

extension ParsableCommand {
    fileprivate static var name: String { configuration.commandName ?? "" }
}

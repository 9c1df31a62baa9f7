import ArgumentParser
import Testing

@testable import NotifyDaemon

@Suite("Help: what every command says of itself")
struct HelpTests {
    private struct Entry {
        var path: [String]
        var type: any ParsableCommand.Type
    }

    private func commands(_ type: any ParsableCommand.Type = Notifyd.self, under path: [String] = []) -> [Entry] {
        let name = type.configuration.commandName ?? ""
        return [Entry(path: path + [name], type: type)]
            + type.configuration.subcommands.flatMap { commands($0, under: path + [name]) }
    }

    /// The lines below `EXAMPLES`.
    private func examples(_ entry: Entry) -> [String] {
        let parts = entry.type.configuration.discussion.split(separator: "EXAMPLES\n", omittingEmptySubsequences: false)
        guard parts.count == 2, let lines = parts.last else { return [] }
        return lines.split(separator: "\n").map { String($0.drop { $0 == " " }) }
    }

    @Test("Every command has an abstract, a discussion and at least one example of itself")
    func everyCommand() {
        let all = commands()
        #expect(all.count > 20)
        for entry in all {
            let configuration = entry.type.configuration
            #expect(configuration.abstract.hasSuffix("."), "\(entry.path)")
            #expect(!configuration.discussion.hasPrefix("EXAMPLES"), "\(entry.path) has no discussion")
            let own = examples(entry).filter { $0.contains(entry.path.joined(separator: " ")) }
            #expect(!own.isEmpty, "\(entry.path) has no example of itself")
        }
    }

    @Test("Every example is understood as it stands")
    func everyExample() throws {
        for entry in commands() {
            for example in examples(entry) {
                let words = shellWords(example)
                let start = try #require(words.firstIndex(of: "notifyd"), "\(example)")
                let end = words[start...].firstIndex { ["|", ">"].contains($0) } ?? words.endIndex
                #expect(throws: Never.self, "\(example)") { try Notifyd.parseAsRoot(Array(words[(start + 1)..<end])) }
            }
        }
    }

    /// As a shell splits a line, as far as the examples need it.
    private func shellWords(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for character in line + " " {
            switch character {
            case quote: quote = nil
            case "'",
                "\"" where quote == nil:
                quote = character
            case " " where quote == nil:
                if !word.isEmpty { words.append(word) }
                word = ""
            default: word.append(character)
            }
        }
        return words
    }
}

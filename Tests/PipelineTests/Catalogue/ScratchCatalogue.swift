import DomainEvents
import Foundation

@testable import Pipeline

/// A folder for `catalogue.path` that goes when the test ends.
final class ScratchCatalogue {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        let base = FileManager.default.temporaryDirectory.appending(path: "catalogue-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
        path = base.path
        for (name, text) in files { try write(name, text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(bytes).write(to: file)
    }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func load() throws(CatalogueError) -> Catalogue {
        try Catalogue.load(path: path, options: CatalogueOptions())
    }

    /// What loading ends with, else what `check` finds.
    func problems() -> [String] {
        let found: [CatalogueProblem]
        do {
            found = try load().check()
        } catch {
            found = error.problems
        }
        return found.map { $0.description.replacingOccurrences(of: path, with: "ROOT") }
    }
}

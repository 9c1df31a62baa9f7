import Foundation

/// A folder that goes with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/senders-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []).sorted()
    }

    func contents(_ file: String) -> [UInt8] {
        FileManager.default.contents(atPath: "\(path)/\(file)").map { [UInt8]($0) } ?? []
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

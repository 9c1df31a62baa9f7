import FoundationEssentials

@testable import NotifyDaemon

/// A folder with a configuration file and credentials, gone when the test is over.
final class ScratchConfiguration {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/notifyd-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path + "/credentials", withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var file: String { path + "/notifyd.yaml" }

    func write(_ text: String, to name: String = "notifyd.yaml") throws {
        try Data(text.utf8).write(to: URL(filePath: path + "/" + name))
    }

    /// Loads the YAML, the credentials and the variables; the sender's address is set unless the test says otherwise.
    func load(
        yaml: String? = nil,
        credentials: [String: String] = [:],
        environment: [String: String] = [:],
        withSender: Bool = true,
        sends: Bool = true
    ) throws -> LoadedConfiguration {
        if let yaml { try write(yaml) }
        for (name, text) in credentials { try write(text, to: "credentials/" + name) }
        var environment = environment
        if !credentials.isEmpty { environment["CREDENTIALS_DIRECTORY"] = path + "/credentials" }
        if withSender, environment["NOTIFYD_EMAIL_FROM"] == nil {
            environment["NOTIFYD_EMAIL_FROM"] = "no-reply@ourco.example"
        }
        return try LoadedConfiguration.load(
            configFile: yaml == nil ? nil : file,
            environment: environment,
            defaultFile: path + "/none.yaml",
            sends: sends
        )
    }

    /// The lines of the failure that loading ends in; empty when it succeeds.
    func problems(
        yaml: String? = nil,
        credentials: [String: String] = [:],
        environment: [String: String] = [:],
        withSender: Bool = true
    ) throws -> [String] {
        do {
            _ = try load(yaml: yaml, credentials: credentials, environment: environment, withSender: withSender)
            return []
        } catch let failure as ConfigurationFailure {
            return failure.problems.map { $0.description.replacing(path + "/", with: "") }
        }
    }
}

import FoundationEssentials
import Pipeline
import Testing

@testable import NotifyDaemon

/// The units of deploy/systemd against what the program knows.
@Suite struct UnitFileTests {
    private static func unit(_ name: String) throws -> [Substring] {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let text = try String(contentsOfFile: "/\(root)/deploy/systemd/\(name)", encoding: .utf8)
        return text.split(separator: "\n")
    }

    @Test("each value that may be secret comes as a credential", arguments: ["notifyd.service", "notifyd@.service"])
    func credentials(name: String) throws {
        let prefix = "LoadCredential="
        let loaded = try Self.unit(name).filter { $0.hasPrefix(prefix) }
            .map { String($0.dropFirst(prefix.count).prefix { $0 != ":" }) }
        let keys = ConfigurationKeys().all.filter(\.mayComeFromFile).map(\.credentialName)
        let telemetry = ["otel_exporter_otlp_headers", "otel_exporter_otlp_traces_headers"]
        #expect(Set(loaded) == Set(keys + telemetry))
        #expect(loaded.count == Set(loaded).count)
    }

    @Test("systemd waits for a drain of the default length, and restarts nothing that is wrongly configured")
    func times() throws {
        let lines = try Self.unit("notifyd.service")
        let configuration = try #require(ConfigurationKeys()["shutdown.drain"]?.defaultText)
        let drain = try #require(DurationText.parse(configuration))
        let stop = try #require(lines.first { $0.hasPrefix("TimeoutStopSec=") }.map { $0.dropFirst(15) })
        let timeout = try #require(DurationText.parse(String(stop)))
        #expect(timeout >= drain + Daemon.afterDrain)
        #expect(lines.contains("RestartPreventExitStatus=64 78"))
        #expect(ExitStatus.usage.rawValue == 64 && ExitStatus.configuration.rawValue == 78)
    }
}

import ArgumentParser
import FoundationEssentials
import Reactor
import Transfer

/// `notifyd status`: what the running daemon says of itself at its HTTP address.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Asks the running daemon: ready, since when, each component.",
        discussion: """
            Exits 0 when it consumes and advances, 1 when not, 69 when nothing answers at `http.listen`.

            EXAMPLES
              notifyd status
              notifyd status --json
            """
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let loaded = try common.load()
        guard let address = loaded.configuration.http.listen else {
            throw CommandFailure(.configuration, "http.listen is off: the daemon answers nobody; set an address")
        }
        let status = try await DaemonStatus.ask(address)
        if common.json {
            StandardStreams.print(try JSONOutput.line(status))
        } else {
            let screen = Screen.standardOutput
            let now = Date.now
            StandardStreams.print(screen.colored(status.summary(now: now), status.ready && status.alive ? .good : .bad))
            StandardStreams.print("")
            StandardStreams.print(status.table(now: now))
        }
        guard status.ready, status.alive else { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}

/// Both probes' answers in one.
struct DaemonStatus: Encodable, Equatable {
    var ready: Bool
    var alive: Bool
    /// What does not advance.
    var reason: String?
    var components: [String: HealthReport.Component]

    /// A probe that takes longer is as good as none.
    private static let timeout = Duration.seconds(5)

    static func ask(_ address: ListenAddress) async throws -> DaemonStatus {
        let engine = try TransferEngine(
            reactor: Reactor(label: "notifyd.status"),
            userAgent: "\(Wiring.product)/\(NotifydVersion.current)"
        )
        let (readiness, liveness) = try await (ask("/readyz", address, engine), ask("/livez", address, engine))
        await engine.shutdown()
        return DaemonStatus(
            ready: readiness.status == .ok,
            alive: liveness.status == .ok,
            reason: liveness.reason,
            components: readiness.components
        )
    }

    private static func ask(
        _ path: String,
        _ address: ListenAddress,
        _ engine: TransferEngine
    ) async throws -> HealthReport {
        let url = "http://\(address.reachable)\(path)"
        let response: HTTPResponse
        do throws(TransferFailure) {
            response = try await engine.http(HTTPRequest(method: "GET", url: url, timeout: timeout))
        } catch {
            throw CommandFailure(.unavailable, "no daemon answers at \(url) (http.listen): \(error.detail)")
        }
        guard let report = try? JSONDecoder().decode(HealthReport.self, from: Data(response.body)) else {
            throw CommandFailure(.unavailable, "\(url) answered HTTP \(response.status), and not as notifyd does")
        }
        return report
    }

    func table(now: Date) -> TextTable {
        TextTable(
            columns: [
                "COMPONENT", TableColumn("STATUS") { $0 == "up" ? .good : $0 == "down" ? .bad : nil }, "SINCE",
            ],
            rows: components.sorted { $0.key < $1.key }.map { name, component in
                [name, component.status.rawValue, component.sinceWithAge(now: now)]
            }
        )
    }

    func summary(now: Date) -> String {
        if let reason { return PrintableText.escaped("stuck: \(reason)") }
        let consumer = components[HealthBoard.consumer].map { " since \($0.sinceWithAge(now: now))" } ?? ""
        return PrintableText.escaped(ready ? "ready: consuming\(consumer)" : "not ready: not consuming\(consumer)")
    }
}

extension HealthReport.Component {
    /// As the daemon says it, and how long ago that is.
    fileprivate func sinceWithAge(now: Date) -> String {
        guard let date = try? Date(since, strategy: .iso8601) else { return since }
        return "\(since) (\(TimeText.age(date, now: now)))"
    }
}

extension ListenAddress {
    /// Where somebody on this machine reaches it.
    fileprivate var reachable: String {
        switch host {
        case "0.0.0.0": "127.0.0.1:\(port)"
        case "::": "[::1]:\(port)"
        default: description
        }
    }
}

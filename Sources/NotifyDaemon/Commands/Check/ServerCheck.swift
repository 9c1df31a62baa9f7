import Broker
import Database
import DomainEvents
import FoundationEssentials
import NotificationLog
import Pipeline
import Reactor
import Senders

/// Asks each server once; nothing on them is changed, and nothing is sent unless asked for.
struct ServerCheck {
    private let configuration: NotifydConfiguration
    private let wiring: Wiring

    init(_ loaded: LoadedConfiguration) throws {
        configuration = loaded.configuration
        wiring = try DaemonEnvironment(loaded, logsTo: .standardError).wiring
    }

    // MARK: Broker

    func broker() async -> [CheckLine] {
        let types = (try? configuration.loadCatalogue()).map { Array($0.types.keys) } ?? []
        let report = await BrokerProbe.run(wiring.broker(eventTypes: types))
        return report.nodes.map(Self.line) + report.items.map { Self.line($0, declares: report.declaresTopology) }
    }

    private static func line(_ node: BrokerProbeReport.Node) -> CheckLine {
        switch node.result {
        case .success(let server):
            CheckLine("broker", .ok, "\(node.node): \(server.product) \(server.version)")
        case .failure(let error):
            CheckLine("broker", state(error), "\(node.node): \(error)")
        }
    }

    private static func state(_ error: BrokerError) -> CheckLine.State {
        if error.code == .configuration { return .misconfigured }
        return error.isRefusal ? .failed : .unreachable
    }

    private static func line(_ item: BrokerProbeReport.Item, declares: Bool) -> CheckLine {
        let name = "\(item.kind) \(item.name)"
        return switch item.state {
        case .present: CheckLine("broker", .ok, name)
        case .missing where declares: CheckLine("broker", .ok, "\(name): missing, run will declare it")
        case .missing: CheckLine("broker", .misconfigured, "\(name): missing, and rabbitmq.declare is false")
        case .differs(let mismatch): CheckLine("broker", .misconfigured, "\(name): \(mismatch)")
        case .unknown(let error): CheckLine("broker", .failed, "\(name): \(error)")
        }
    }

    // MARK: Database

    func database() async -> [CheckLine] {
        do {
            let target = try wiring.databaseTarget()
            let connection = try await DatabaseConnection.open(target, reactor: wiring.reactor, timeout: .seconds(10))
            var lines = await Self.lines(connection, target, configuration)
            if lines.allSatisfy({ $0.state == .ok }) { lines += await RetentionCheck(wiring).lines(beside: connection) }
            await connection.close()
            return lines
        } catch {
            return [Self.line(error)]
        }
    }

    private static func lines(
        _ connection: DatabaseConnection,
        _ target: ConnectionTarget,
        _ configuration: NotifydConfiguration
    ) async -> [CheckLine] {
        let version = await connection.serverVersion
        let place = "\(target.address.host):\(target.address.port)/\(target.databaseName)"
        let server = CheckLine("database", .ok, "\(place): PostgreSQL \(version / 10000).\(version % 10000)")
        do {
            if let pooler = try await pooler(before: connection) { return [server, pooler] }
            let sql = "SELECT coalesce(max(version), 0)::int8 FROM schema_migration"
            let tables = try await connection.run([Statement(sql)], timeout: .seconds(10))
            let found = Int(try tables[0].rows[0].integer(0))
            return [server, schema(configuration.database, found: found)]
        } catch  where error.sqlState == "42P01" {
            return [server, schema(configuration.database, found: 0)]
        } catch {
            return [server, line(error)]
        }
    }

    /// A proxy between us and the server gives its own process id for the server's; whether it pools by session or by
    /// transaction it does not say, and the latter breaks prepared statements and `search_path`.
    private static func pooler(before connection: DatabaseConnection) async throws(DatabaseError) -> CheckLine? {
        let tables = try await connection.run([Statement("SELECT pg_backend_pid()")], timeout: .seconds(10))
        guard try tables[0].rows[0].integer(0) != Int64(await connection.backendProcessID) else { return nil }
        return CheckLine(
            "database",
            .misconfigured,
            "a connection pooler stands before Postgres; transaction pooling is not supported: connect to the server itself"
        )
    }

    private static func schema(_ settings: DatabaseSettings, found: Int) -> CheckLine {
        let newest = Migration.all.map(\.version).max() ?? 0
        let name = "schema \(settings.schema)"
        if found == newest { return CheckLine("database", .ok, "\(name): version \(found)") }
        if found > newest {
            return CheckLine(
                "database",
                .misconfigured,
                "\(name): version \(found) is newer than this program's \(newest); install a newer notifyd"
            )
        }
        if settings.migrate {
            return CheckLine("database", .ok, "\(name): version \(found), run will migrate to \(newest)")
        }
        return CheckLine(
            "database",
            .misconfigured,
            "\(name): version \(found), needed is \(newest), and database.migrate is false; run notifyd migrate"
        )
    }

    private static func line(_ error: DatabaseError) -> CheckLine {
        if error.isConnectionFailure { return CheckLine("database", .unreachable, error.description) }
        return CheckLine("database", error.code == .configuration ? .misconfigured : .failed, error.description)
    }

    // MARK: Providers

    /// - Parameter sendTo: gets a test email by the first email provider.
    func providers(sendTo: EmailAddress?) async -> [CheckLine] {
        let senders: SenderSet
        do {
            senders = try wiring.senders()
        } catch {
            return [CheckLine("email", .misconfigured, error.description)]
        }
        var lines: [CheckLine] = []
        for sender in senders.all {
            lines.append(Self.line(sender, await sender.probe()))
        }
        if let sendTo { lines.append(await sendTest(to: sendTo, by: senders.email.first)) }
        await senders.shutdown()
        return lines
    }

    private static func line(_ sender: any Sender, _ result: ProbeResult) -> CheckLine {
        let channel = sender.channel.rawValue
        return switch result {
        case .healthy(let detail): CheckLine(sender.name, .ok, "\(channel): \(detail)")
        case .unreachable(let code, let detail):
            CheckLine(sender.name, .unreachable, "\(channel): \(code.rawValue): \(detail)")
        case .refused(let code, let detail):
            CheckLine(sender.name, .failed, "\(channel): \(code.rawValue): \(detail)")
        }
    }

    private func sendTest(to address: EmailAddress, by sender: (any Sender)?) async -> CheckLine {
        guard let sender else { return CheckLine("test email", .misconfigured, "email.providers names no provider") }
        let id = UUIDv7.generate().uuidString.lowercased()
        let text = "This is a test of notifyd's configuration. It asks nothing of you.\n"
        let notification = OutgoingNotification(
            content: .email(subject: "notifyd test", html: "<p>\(text)</p>", text: text),
            address: .email(address),
            stableID: id,
            eventID: id,
            date: Date.now
        )
        switch await sender.send(notification, SendSteps()).result {
        case .accepted(let providerID):
            return CheckLine("test email", .ok, "accepted by \(sender.name)\(providerID.map { ", \($0)" } ?? "")")
        case .transient(let code, let reason, _), .throttled(let code, let reason), .uncertain(let code, let reason):
            return CheckLine("test email", .unreachable, "\(code.rawValue): \(reason)")
        case .permanent(let code, let reason), .refused(let code, let reason), .stopped(let code, let reason):
            return CheckLine("test email", .failed, "\(code.rawValue): \(reason)")
        case .abandoned:
            return CheckLine("test email", .failed, "it was given up before its last byte was out")
        }
    }
}

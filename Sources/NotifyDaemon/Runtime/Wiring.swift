import Broker
import Database
import DomainEvents
import FoundationEssentials
import NotificationLog
import Pipeline
import Reactor
import Senders
import Transfer

/// Makes the program's parts of its configuration: the one place that knows both.
struct Wiring: Sendable {
    let configuration: NotifydConfiguration
    let reactor: Reactor
    let engine: TransferEngine

    static let product = "notifyd"

    // MARK: Servers

    func broker(eventTypes: [String]) -> BrokerConfiguration {
        let settings = configuration.rabbitmq
        return BrokerConfiguration(
            nodes: settings.nodes,
            tls: BrokerTLS(
                caFile: settings.tls.ca,
                certificateFile: settings.tls.certificate,
                keyFile: settings.tls.key
            ),
            client: BrokerClient(
                connectionName: "\(Self.product)@\(ProcessInfo.processInfo.hostName)",
                product: Self.product,
                version: NotifydVersion.current
            ),
            topology: BrokerTopology(
                exchange: settings.exchange,
                queue: settings.queue,
                queueType: settings.queueType == .quorum ? .quorum : .classic,
                deadLetterExchange: settings.deadLetterExchange,
                routingKeys: (eventTypes + ContactEvent.types).sorted()
            ),
            declaresTopology: settings.declare,
            prefetch: UInt16(clamping: settings.prefetch),
            heartbeat: settings.heartbeat
        )
    }

    /// - Parameter instance: names the process among replicas, for them to see that it is there.
    func databaseTarget(
        migrating: Bool = false,
        instance: String? = nil
    ) throws(DatabaseError) -> ConnectionTarget {
        let settings = configuration.database
        return try ConnectionTarget(
            url: (migrating ? settings.migrationURL : settings.url).revealed,
            applicationName: Self.product,
            instance: instance,
            schema: settings.schema
        )
    }

    func migrator() throws(DatabaseError) -> SchemaMigrator {
        SchemaMigrator(
            target: try databaseTarget(migrating: true),
            schema: configuration.database.schema,
            reactor: reactor
        )
    }

    // MARK: Decisions

    /// Beyond every timeout that may be waited for within a stage.
    var stageLimits: StageLimits {
        let answers = configuration.smtp.map(\.answerTimeout).max() ?? .zero
        let unit = DatabaseLane.Timeouts()
        return StageLimits(
            database: unit.connect + unit.unit * 2 + StageLimits.allowance,
            send: configuration.send.timeout + answers + StageLimits.allowance
        )
    }

    var decoder: EventDecoder { EventDecoder(links: configuration.linkPolicy) }

    func router(_ senders: SenderSet) -> ChannelRouter {
        let only = configuration.delivery.only
        return ChannelRouter(
            availableProviders: senders.channels,
            deliveryOnly: only.isEmpty ? nil : DeliveryOnly(patterns: only)
        )
    }

    var schedule: RetrySchedule { RetrySchedule(delays: configuration.retry.delays) }

    var vault: MessageVault { MessageVault(key: configuration.storage.key?.revealed) }

    // MARK: Providers

    func senders() throws(Mailbox.Invalid) -> SenderSet {
        var email: [any Sender] = []
        for provider in configuration.email.providers {
            switch provider {
            case .file: email.append(try fileMail())
            case .smtp(let name):
                guard let settings = configuration.smtp.first(where: { $0.name == name }) else { continue }
                email.append(
                    SMTPSender(configuration: try smtp(settings), engine: engine, reactor: reactor)
                )
            }
        }
        return SenderSet(email: email, sms: configuration.sms.providers.compactMap(sms))
    }

    private func smtp(_ settings: SMTPSettings) throws(Mailbox.Invalid) -> SMTPSenderConfiguration {
        SMTPSenderConfiguration(
            name: settings.name,
            server: MailSessionRequest(
                url: settings.url.text,
                heloName: settings.heloName ?? ProcessInfo.processInfo.hostName,
                startTLS: MailSessionRequest.StartTLS(rawValue: settings.startTLS.rawValue) ?? .require,
                username: settings.username,
                password: settings.password?.revealed,
                caFile: settings.ca
            ),
            from: try from(),
            replyTo: configuration.email.replyTo,
            envelopeFrom: configuration.email.envelopeFrom,
            connections: settings.connections,
            sendTimeout: configuration.send.timeout,
            answerTimeout: settings.answerTimeout,
            rate: settings.rate
        )
    }

    private func fileMail() throws(Mailbox.Invalid) -> FileMailSender {
        FileMailSender(path: configuration.file.path, from: try from(), replyTo: configuration.email.replyTo)
    }

    /// `file` needs no real sender: nothing leaves the machine.
    private func from() throws(Mailbox.Invalid) -> Mailbox {
        if let from = configuration.email.from { return from }
        return try Mailbox(parsing: "notifyd@localhost")
    }

    private func sms(_ provider: SMSSettings.Provider) -> (any Sender)? {
        switch provider {
        case .file: FileSMSSender(path: configuration.file.path)
        case .twilio: configuration.twilio.map(twilio)
        }
    }

    private func twilio(_ settings: TwilioSettings) -> TwilioSender {
        TwilioSender(
            configuration: TwilioSenderConfiguration(
                accountSID: settings.accountSID,
                authToken: settings.authToken.revealed,
                origin: origin(settings),
                baseURL: settings.baseURL,
                sendTimeout: configuration.send.timeout,
                rate: settings.rate
            ),
            engine: engine,
            reactor: reactor
        )
    }

    /// A messaging service chooses the number itself, so it comes first.
    private func origin(_ settings: TwilioSettings) -> TwilioSenderConfiguration.Origin {
        if let sid = settings.messagingServiceSID { return .messagingService(sid: sid) }
        return .from(settings.from ?? "")
    }
}

import Dispatch
import Reactor
import Synchronization

/// Makes one connection on a thread of its own and hands it, or the reason why not, to the reactor.
///
/// librabbitmq's connect, TLS, login and declarations block. Each step gets what is left of the overall timeout; a name
/// look-up, which nothing can cut short, is left behind: the reactor hears of the timeout, and whatever the thread comes
/// back with is thrown away.
final class ConnectionAttempt: Sendable {
    typealias Outcome = Result<AMQPConnection, TopologyDeclaration.Failure>

    /// What the connection is to be ready for.
    enum Purpose {
        case consuming
        case publishing
    }

    private let completion: Mutex<(@Sendable (Outcome) -> Void)?>

    /// - Parameter completion: called on the reactor, once, or never after `abandon()`.
    init(
        to node: BrokerNode,
        for purpose: Purpose,
        configuration: BrokerConfiguration,
        reactor: Reactor,
        completion: @escaping @Sendable (Outcome) -> Void
    ) {
        self.completion = Mutex(completion)
        let limit = configuration.connectTimeout
        // A serial queue of its own gets a thread of its own.
        DispatchQueue(label: "notifyd.broker.connect").async {
            let outcome = Self.connect(to: node, for: purpose, configuration: configuration)
            reactor.queue.async { self.finish(outcome) }
        }
        // Later than the steps' own deadline, whose errors say more.
        reactor.schedule(after: limit + .milliseconds(500)) {
            self.finish(.failure(.broker(BrokerError(.timeout, "\(node): no connection within \(limit)"))))
        }
    }

    /// Nobody waits for it any more.
    func abandon() {
        completion.withLock { $0 = nil }
    }

    private func finish(_ outcome: Outcome) {
        let completion = completion.withLock { completion in
            defer { completion = nil }
            return completion
        }
        completion?(outcome)
    }

    private static func connect(
        to node: BrokerNode,
        for purpose: Purpose,
        configuration: BrokerConfiguration
    ) -> Outcome {
        let deadline = Deadline(after: configuration.connectTimeout)
        do {
            let connection = try AMQPConnection.open(to: node, configuration: configuration, deadline: deadline)
            switch purpose {
            case .consuming:
                var declaration = TopologyDeclaration(connection: connection, deadline: deadline)
                do {
                    try declaration.apply(configuration.topology, declares: configuration.declaresTopology)
                } catch {
                    connection.closePolitely(within: .seconds(1))
                    return .failure(error)
                }
                try declaration.openChannel()
            case .publishing:
                try connection.openChannel(deadline: deadline)
                try connection.selectConfirms(deadline: deadline)
            }
            return .success(connection)
        } catch {
            return .failure(.broker(error))
        }
    }
}

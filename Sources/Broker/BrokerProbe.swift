import AMQPShim
import Dispatch

/// What `notifyd check` can say about the broker.
public struct BrokerProbeReport: Sendable, Equatable {
    /// One node's answer.
    public struct Node: Sendable, Equatable {
        public var node: BrokerNode
        public var result: Result<Server, BrokerError>
    }

    /// Who answered.
    public struct Server: Sendable, Equatable {
        public var product: String
        public var version: String
        /// Agreed on; 0 is none.
        public var heartbeatSeconds: Int
    }

    /// One exchange or queue of the topology.
    public struct Item: Sendable, Equatable {
        public enum State: Sendable, Equatable {
            /// It exists and, where notifyd declares, with the arguments it would be declared with.
            case present
            /// `run` will declare it, unless `rabbitmq.declare` is false: then it has to be made first.
            case missing
            /// It exists with other arguments.
            case differs(TopologyError.Mismatch)
            /// The broker would not say: the error tells why.
            case unknown(BrokerError)
        }

        public var kind: TopologyItem.Kind
        public var name: String
        public var state: State
    }

    public var nodes: [Node]
    /// As the first node that answered sees it; empty when none did.
    public var items: [Item]
    /// Whether `run` would declare what is missing.
    public var declaresTopology: Bool

    /// All nodes answer, and `run` would find or make its topology.
    public var isHealthy: Bool {
        let nodesAnswer = nodes.allSatisfy { (try? $0.result.get()) != nil }
        return nodesAnswer
            && items.allSatisfy { item in
                switch item.state {
                case .present: true
                case .missing: declaresTopology
                case .differs, .unknown: false
                }
            }
    }
}

/// Connects to every node, logs in, and looks at the topology without changing anything.
public enum BrokerProbe {
    /// Takes at most `connectTimeout` a node, name look-up excepted, on a thread of its own.
    public static func run(_ configuration: BrokerConfiguration) async -> BrokerProbeReport {
        await withCheckedContinuation { continuation in
            // A serial queue of its own gets a thread of its own: the shared ones must not be held by a slow peer.
            DispatchQueue(label: "notifyd.broker.probe").async {
                continuation.resume(returning: look(configuration))
            }
        }
    }

    private static func look(_ configuration: BrokerConfiguration) -> BrokerProbeReport {
        var report = BrokerProbeReport(nodes: [], items: [], declaresTopology: configuration.declaresTopology)
        for node in configuration.nodes {
            let deadline = Deadline(after: configuration.connectTimeout)
            do {
                let connection = try AMQPConnection.open(to: node, configuration: configuration, deadline: deadline)
                defer { connection.closePolitely(within: .seconds(2)) }
                let server = BrokerProbeReport.Server(
                    product: connection.serverProduct,
                    version: connection.serverVersion,
                    heartbeatSeconds: Int(connection.heartbeatSeconds)
                )
                report.nodes.append(.init(node: node, result: .success(server)))
                guard report.items.isEmpty else { continue }
                var declaration = TopologyDeclaration(connection: connection, deadline: deadline)
                report.items = configuration.topology.items.map { item in
                    .init(
                        kind: item.kind,
                        name: item.name,
                        state: declaration.inspect(item, comparing: configuration.declaresTopology)
                    )
                }
            } catch {
                report.nodes.append(.init(node: node, result: .failure(error)))
            }
        }
        return report
    }
}

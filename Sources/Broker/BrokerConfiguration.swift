/// All that the broker room has to be told, read and checked by its caller.
public struct BrokerConfiguration: Sendable, Equatable {
    /// Tried in turn; never empty.
    public var nodes: [BrokerNode]
    public var tls: BrokerTLS
    public var client: BrokerClient
    public var topology: BrokerTopology
    /// False: nothing is declared, only checked to be there.
    public var declaresTopology: Bool
    /// Events in flight at most, 1 to 65,535.
    public var prefetch: UInt16
    /// Dead letters in flight at most, 1 to 65,535.
    public var deadLetterPrefetch: UInt16
    /// Asked for; the broker may make it shorter. Whole seconds, 1 to 65,535.
    public var heartbeat: Duration
    /// From name look-up to the last declaration; a silent peer costs no more than this.
    public var connectTimeout: Duration
    /// Bytes of a body that are kept, in bytes; the rest is counted only.
    public var maximumBodySize: Int

    /// 1 MiB: what an event may have on the wire.
    public static let standardBodyLimit = 1 << 20

    public init(
        nodes: [BrokerNode],
        tls: BrokerTLS = BrokerTLS(),
        client: BrokerClient,
        topology: BrokerTopology,
        declaresTopology: Bool = true,
        prefetch: UInt16 = 256,
        deadLetterPrefetch: UInt16 = 16,
        heartbeat: Duration = .seconds(10),
        connectTimeout: Duration = .seconds(15),
        maximumBodySize: Int = Self.standardBodyLimit
    ) {
        self.nodes = nodes
        self.tls = tls
        self.client = client
        self.topology = topology
        self.declaresTopology = declaresTopology
        self.prefetch = prefetch
        self.deadLetterPrefetch = deadLetterPrefetch
        self.heartbeat = heartbeat
        self.connectTimeout = connectTimeout
        self.maximumBodySize = maximumBodySize
    }

    func prefetch(of consumer: ConsumerName) -> UInt16 {
        switch consumer {
        case .events: prefetch
        case .deadLetters: deadLetterPrefetch
        }
    }
}

/// How an `amqps` connection is secured; peer and host name are always verified.
public struct BrokerTLS: Sendable, Equatable {
    /// PEM file with the certificate authorities; nil: the system's.
    public var caFile: String?
    /// PEM files of our own certificate and its key, both or none.
    public var certificateFile: String?
    public var keyFile: String?

    public init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}

/// What the broker's management page shows of us.
public struct BrokerClient: Sendable, Equatable {
    /// E.g. `notifyd@host`.
    public var connectionName: String
    public var product: String
    public var version: String

    public init(connectionName: String, product: String, version: String) {
        self.connectionName = connectionName
        self.product = product
        self.version = version
    }
}

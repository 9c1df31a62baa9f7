/// One node of a broker and how to log in there; its password prints as `***`, its description has none.
public struct BrokerNode: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    public var port: UInt16
    /// `amqps`.
    public var isEncrypted: Bool
    public var virtualHost: String
    public var username: String
    public var password: BrokerPassword

    public init(
        host: String,
        port: UInt16? = nil,
        isEncrypted: Bool = false,
        virtualHost: String = "/",
        username: String = "guest",
        password: BrokerPassword = BrokerPassword("guest")
    ) {
        self.host = host
        self.port = port ?? (isEncrypted ? 5671 : 5672)
        self.isEncrypted = isEncrypted
        self.virtualHost = virtualHost
        self.username = username
        self.password = password
    }

    /// `host:port`, an IPv6 address in brackets.
    public var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    public var description: String { "\(isEncrypted ? "amqps" : "amqp")://\(address)" }
}

/// A password that no description, dump or interpolation shows.
public struct BrokerPassword: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The secret itself, for the login only.
    let value: String

    public init(_ value: String) {
        self.value = value
    }

    public var description: String { "***" }
    public var debugDescription: String { "***" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

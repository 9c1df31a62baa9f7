import Broker
import Senders
import Telemetry

/// A configured text after parsing, in the shape its type has.
enum ConfigurationValue: Sendable, Equatable {
    case text(String)
    case boolean(Bool)
    case integer(Int)
    case rate(Double)
    case duration(Duration)
    case durations([Duration])
    case list([String])
    case mailbox(Mailbox)
    case brokers([BrokerNode])
    case smtp(SMTPURL)
    case bytes([UInt8])
    /// nil: off.
    case listen(ListenAddress?)
    case levels(LogLevels)
}

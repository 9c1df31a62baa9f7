import AMQPShim

extension amqp_shim_result {
    var isOK: Bool { outcome == AMQP_SHIM_OK }

    /// The one line the shim or the broker gave; control characters of the peer's come out as spaces.
    var message: String {
        withUnsafeBytes(of: text) { bytes in
            let line = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            return String(String.UnicodeScalarView(line.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
        }
    }

    /// What to do about a failure of TLS.
    private var remedy: String {
        switch amqp_shim_tls_matter(rawValue: UInt32(bitPattern: code)) {
        case AMQP_SHIM_TLS_EXPIRED: ": the broker's certificate has to be renewed, or a clock set right"
        case AMQP_SHIM_TLS_UNTRUSTED: ": set rabbitmq.tls.ca to the authority that signed the broker's certificate"
        case AMQP_SHIM_TLS_OTHER_NAME: ": rabbitmq.url has to call the broker by a DNS name of its certificate"
        case AMQP_SHIM_TLS_CLIENT_REFUSED:
            ": the broker wants a client certificate that it trusts; see rabbitmq.tls.certificate and rabbitmq.tls.key"
        default: ""
        }
    }

    /// The funnel for everything the shim says.
    /// - Parameters:
    ///   - what: the step, for a reader: "logging in".
    ///   - node: where.
    func error(_ what: String, at node: BrokerNode) -> BrokerError {
        let line = "\(node): \(what): \(message)"
        switch outcome {
        case AMQP_SHIM_TIMED_OUT:
            return BrokerError(.timeout, "\(node): \(what): no answer in time")
        case AMQP_SHIM_CHANNEL_CLOSED, AMQP_SHIM_CONNECTION_CLOSED:
            return BrokerError(.closedByBroker, line, replyCode: Int(code))
        case AMQP_SHIM_CONNECT_FAILED:
            return BrokerError(.connect, line)
        case AMQP_SHIM_TLS_FAILED:
            return BrokerError(.tls, line + remedy)
        case AMQP_SHIM_BAD_DATA:
            return BrokerError(.protocol, line)
        default:
            return BrokerError(.connectionLost, line)
        }
    }
}

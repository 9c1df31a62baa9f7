import AMQPShim

/// One librabbitmq connection with its one channel of work.
///
/// Unchecked, because ownership moves instead of being shared: the thread that connects is the only user until it hands
/// the finished connection to the reactor through its queue, and touches it no more; from then on only the reactor's
/// serial queue does.
final class AMQPConnection: @unchecked Sendable {
    /// The one channel: several on one connection would get each other's frames out of order from the library.
    static let channel: UInt16 = 1

    let handle: OpaquePointer
    let node: BrokerNode

    private init(handle: OpaquePointer, node: BrokerNode) {
        self.handle = handle
        self.node = node
    }

    deinit {
        amqp_shim_destroy(handle)
    }

    /// Connects, secures and logs in; blocks until `deadline` at most, name look-up excepted.
    static func open(
        to node: BrokerNode,
        configuration: BrokerConfiguration,
        deadline: Deadline
    ) throws(BrokerError) -> AMQPConnection {
        guard let handle = amqp_shim_create() else { throw BrokerError(.connect, "\(node): no memory") }
        let connection = AMQPConnection(handle: handle, node: node)
        try connection.openSocket(tls: configuration.tls, deadline: deadline)
        try connection.login(client: configuration.client, heartbeat: configuration.heartbeat, deadline: deadline)
        return connection
    }

    private func openSocket(tls: BrokerTLS, deadline: Deadline) throws(BrokerError) {
        var caFile = ""
        if node.isEncrypted {
            guard let file = tls.caFile ?? SystemCertificates.file else {
                throw BrokerError(
                    .tls,
                    "\(node): this system has no file of certificate authorities in a usual place:"
                        + " install ca-certificates or set rabbitmq.tls.ca"
                )
            }
            caFile = file
        }
        let result = node.host.withCString { host in
            caFile.withCString { ca in
                withOptionalCString(tls.certificateFile) { certificate in
                    withOptionalCString(tls.keyFile) { key in
                        var address = amqp_shim_address(
                            host: host,
                            port: node.port,
                            use_tls: node.isEncrypted,
                            ca_file: ca,
                            certificate_file: certificate,
                            key_file: key,
                            timeout_ms: deadline.milliseconds
                        )
                        return amqp_shim_open(handle, &address)
                    }
                }
            }
        }
        guard result.isOK else { throw result.error("no connection", at: node) }
    }

    private func login(client: BrokerClient, heartbeat: Duration, deadline: Deadline) throws(BrokerError) {
        let seconds = UInt16(clamping: max(1, heartbeat.components.seconds))
        let result = node.virtualHost.withCString { virtualHost in
            node.username.withCString { username in
                node.password.value.withCString { password in
                    client.connectionName.withCString { name in
                        client.product.withCString { product in
                            client.version.withCString { version in
                                var identity = amqp_shim_identity(
                                    virtual_host: virtualHost,
                                    username: username,
                                    password: password,
                                    connection_name: name,
                                    product: product,
                                    version: version,
                                    heartbeat_seconds: seconds,
                                    timeout_ms: deadline.milliseconds
                                )
                                return amqp_shim_login(handle, &identity)
                            }
                        }
                    }
                }
            }
        }
        guard !result.isOK else { return }
        var error = result.error("login as user '\(node.username)' to virtual host '\(node.virtualHost)'", at: node)
        // 403 is a wrong user or password, 530 a virtual host that is missing or not this user's.
        if error.code == .closedByBroker { error.code = .login }
        throw error
    }

    /// The heartbeat both sides agreed on, 0 for none.
    var heartbeatSeconds: UInt16 { amqp_shim_heartbeat_seconds(handle) }
    /// The broker's largest frame in bytes.
    var frameSize: Int { Int(amqp_shim_frame_size(handle)) }
    var serverVersion: String { amqp_shim_server_property(handle, "version").optionalString ?? "unknown" }
    var serverProduct: String { amqp_shim_server_property(handle, "product").optionalString ?? "unknown" }
    var descriptor: Int32 { amqp_shim_descriptor(handle) }
    /// Bytes, or the end, wait to be read.
    var isReadable: Bool { amqp_shim_is_readable(handle) }

    /// Opens a channel; blocks until `deadline` at most.
    func openChannel(_ channel: UInt16 = AMQPConnection.channel, deadline: Deadline) throws(BrokerError) {
        let result = amqp_shim_open_channel(handle, channel, deadline.milliseconds)
        guard result.isOK else { throw result.error("opening a channel", at: node) }
    }

    /// Turns publisher confirms on; blocks until `deadline` at most.
    func selectConfirms(deadline: Deadline) throws(BrokerError) {
        let result = amqp_shim_select_confirms(handle, AMQPConnection.channel, deadline.milliseconds)
        guard result.isOK else { throw result.error("turning confirms on", at: node) }
    }

    /// `connection.close` and its answer; blocks.
    func closePolitely(within limit: Duration) {
        amqp_shim_close_politely(handle, Deadline(after: limit).milliseconds)
    }

    /// The next frame, without waiting; nil when there is none now.
    func pull() throws(BrokerError) -> AMQPFrame? {
        var frame = amqp_shim_frame()
        let result = amqp_shim_pull(handle, &frame)
        if result.outcome == AMQP_SHIM_WOULD_BLOCK { return nil }
        guard result.isOK else { throw result.error("connection lost", at: node) }
        return AMQPFrame(frame)
    }
}

/// `body` with the string's bytes, or with nil.
func withOptionalCString<Result>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let string else { return body(nil) }
    return string.withCString { body($0) }
}

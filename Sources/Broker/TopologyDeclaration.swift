import AMQPShim

/// Declares the topology on a fresh connection, or only looks whether it is there; blocks, so never on the reactor.
///
/// A refusal closes the channel (AMQP 0-9-1 §1.5.2.2), so each item that comes after one gets a channel of its own: one
/// run finds all that is wrong. What is consumed on is opened last and untouched.
struct TopologyDeclaration {
    private let connection: AMQPConnection
    private let deadline: Deadline
    private var channel: UInt16 = AMQPConnection.channel
    private var isChannelOpen = false

    init(connection: AMQPConnection, deadline: Deadline) {
        self.connection = connection
        self.deadline = deadline
    }

    enum Failure: Error {
        case mismatch(TopologyError)
        case broker(BrokerError)
    }

    /// Declares everything, or checks passively where `declares` is false.
    mutating func apply(_ topology: BrokerTopology, declares: Bool) throws(Failure) {
        var mismatches: [TopologyError.Mismatch] = []
        for item in topology.items {
            switch declare(item, passive: !declares) {
            case .present: break
            case .differs(let mismatch): mismatches.append(mismatch)
            case .missing: throw .broker(missing(item))
            case .unknown(let error): throw .broker(error)
            }
        }
        guard mismatches.isEmpty else { throw .mismatch(TopologyError(mismatches: mismatches)) }
        guard declares else { return }
        for binding in topology.bindings { try bind(binding) }
    }

    /// Looks at one item without making it: passively, and if it is there by its own declaration, which changes nothing.
    mutating func inspect(_ item: TopologyItem, comparing: Bool) -> BrokerProbeReport.Item.State {
        let seen = declare(item, passive: true)
        guard case .present = seen, comparing else { return seen }
        return declare(item, passive: false)
    }

    /// Opens the channel the work goes on with, if the declarations did not leave it open.
    mutating func openChannel() throws(BrokerError) {
        guard !isChannelOpen else { return }
        try connection.openChannel(channel, deadline: deadline)
        isChannelOpen = true
    }

    private mutating func declare(_ item: TopologyItem, passive: Bool) -> BrokerProbeReport.Item.State {
        do {
            try openChannel()
        } catch {
            return .unknown(error)
        }
        let result =
            switch item.kind {
            case .exchange:
                amqp_shim_declare_exchange(connection.handle, channel, item.name, passive, deadline.milliseconds)
            case .queue: declareQueue(item, passive: passive)
            }
        if result.isOK { return .present }
        if result.outcome == AMQP_SHIM_CHANNEL_CLOSED { nextChannel() }
        switch (result.outcome, result.code) {
        case (AMQP_SHIM_CHANNEL_CLOSED, 404):
            return .missing
        case (AMQP_SHIM_CHANNEL_CLOSED, 406):
            return .differs(
                .init(kind: item.kind, name: item.name, wanted: item.wanted, brokerSays: result.message)
            )
        default:
            var error = result.error(
                "\(passive ? "looking for" : "declaring") \(item.kind) '\(item.name)'",
                at: connection.node
            )
            if result.outcome == AMQP_SHIM_CHANNEL_CLOSED { error.code = .topology }
            return .unknown(error)
        }
    }

    private func declareQueue(_ item: TopologyItem, passive: Bool) -> amqp_shim_result {
        // One block of NUL-terminated texts: the shim takes pointers.
        var texts: [CChar] = []
        var offsets: [(name: Int, text: Int?, number: Int32)] = []
        for (name, value) in passive ? [] : item.arguments {
            let nameOffset = texts.count
            texts += name.utf8CString
            switch value {
            case .text(let text):
                offsets.append((nameOffset, texts.count, 0))
                texts += text.utf8CString
            case .number(let number):
                offsets.append((nameOffset, nil, number))
            }
        }
        return texts.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else {
                return amqp_shim_declare_queue(
                    connection.handle,
                    channel,
                    item.name,
                    passive,
                    nil,
                    0,
                    deadline.milliseconds
                )
            }
            let arguments = offsets.map { entry in
                amqp_shim_argument(
                    name: base + entry.name,
                    text: entry.text.map { base + $0 },
                    number: entry.number
                )
            }
            return amqp_shim_declare_queue(
                connection.handle,
                channel,
                item.name,
                passive,
                arguments,
                arguments.count,
                deadline.milliseconds
            )
        }
    }

    private func bind(_ binding: TopologyBinding) throws(Failure) {
        let result = amqp_shim_bind_queue(
            connection.handle,
            channel,
            binding.queue,
            binding.exchange,
            binding.routingKey,
            deadline.milliseconds
        )
        guard !result.isOK else { return }
        throw .broker(
            result.error(
                "binding queue '\(binding.queue)' to exchange '\(binding.exchange)' by '\(binding.routingKey)'",
                at: connection.node
            )
        )
    }

    private mutating func nextChannel() {
        // Refused only by a socket that is full or gone: the next call says so then.
        _ = amqp_shim_send_channel_close_ok(connection.handle, channel)
        channel += 1
        isChannelOpen = false
    }

    private func missing(_ item: TopologyItem) -> BrokerError {
        BrokerError(
            .topology,
            "\(connection.node): \(item.kind) '\(item.name)' does not exist and rabbitmq.declare is false:"
                + " create it (\(item.wanted)), or let notifyd declare it",
            replyCode: 404
        )
    }
}

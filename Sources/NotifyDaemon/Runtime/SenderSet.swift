import DomainEvents
import FoundationEssentials
import Reactor
import Senders
import Transfer

/// The configured providers of each channel, in their order.
struct SenderSet: Sendable {
    let email: [any Sender]
    let sms: [any Sender]

    var all: [any Sender] { email + sms }

    /// Channels that have a provider at all.
    var channels: Set<Channel> {
        Set((email.isEmpty ? [] : [Channel.email]) + (sms.isEmpty ? [] : [Channel.sms]))
    }

    func shutdown() async {
        for sender in all { await sender.shutdown() }
    }
}

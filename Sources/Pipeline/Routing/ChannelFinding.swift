import DomainEvents

/// What examining one channel of a notification found.
enum ChannelFinding: Equatable {
    case usable(Channel, DeliveryAddress)
    case obstructed(Channel, Obstacle, RoutingReason)

    /// Why a channel is not usable; where none is, the lowest decides.
    enum Obstacle: Int {
        /// A contact may still turn up: waiting may help.
        case unknown
        /// The recipient's will.
        case stopped
        /// Somebody can put it right.
        case invalid
        /// No address, or no provider.
        case missing
    }

    var isUsable: Bool {
        if case .usable = self { true } else { false }
    }

    /// Whether a notification to all channels has a row for this one beside those that are usable.
    var deservesRow: Bool {
        switch self {
        case .usable, .obstructed(_, .stopped, _), .obstructed(_, .invalid, _): true
        case .obstructed(_, .unknown, _), .obstructed(_, .missing, _): false
        }
    }

    var obstruction: (channel: Channel, obstacle: Obstacle, reason: RoutingReason)? {
        if case .obstructed(let channel, let obstacle, let reason) = self { (channel, obstacle, reason) } else { nil }
    }
}

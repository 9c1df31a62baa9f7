/// What the service manager could not be told yet, in order: its states are kept, everything else loses its meaning soon.
struct NotifyOutbox: Sendable {
    private(set) var waiting: [NotifyMessage] = []

    /// Ready, and one reload after it; what is older is history.
    private static let most = 3

    /// The manager reads nothing at the moment.
    mutating func keep(_ message: NotifyMessage) {
        guard let state = message.state else { return }
        if state == .stopping { waiting.removeAll() }
        waiting.append(NotifyMessage(state: state, extendTimeout: message.extendTimeout))
        // Ready and reloading take turns, so the oldest may go: what is left still ends in the state of now.
        if waiting.count > Self.most { waiting.removeFirst(waiting.count - Self.most) }
    }

    var first: NotifyMessage? { waiting.first }

    mutating func removeFirst() {
        waiting.removeFirst()
    }
}

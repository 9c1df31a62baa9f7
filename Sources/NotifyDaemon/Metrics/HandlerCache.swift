import Synchronization

/// The handlers of one metric by their labels: each is made once, found without an allocation and kept.
final class HandlerCache<Labels: Hashable & Sendable, Handler: Sendable>: Sendable {
    private let handlers = Mutex<[Labels: Handler]>([:])
    private let limit: Int
    private let make: @Sendable (Labels) -> Handler

    /// - Parameters:
    ///   - limit: of what is kept; beyond it the backend counts everything as one anyway.
    ///   - make: asks the factory, which gives the same series for the same labels.
    init(limit: Int, make: @escaping @Sendable (Labels) -> Handler) {
        self.limit = limit
        self.make = make
    }

    subscript(labels: Labels) -> Handler {
        handlers.withLock { handlers in
            if let known = handlers[labels] { return known }
            let made = make(labels)
            if handlers.count < limit { handlers[labels] = made }
            return made
        }
    }
}

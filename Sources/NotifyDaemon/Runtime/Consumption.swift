import Broker
import Reactor

/// Puts together what speaks against taking more from the broker, and pauses the consumers while anything does.
actor Consumption {
    enum Obstacle: Hashable, Sendable {
        /// Nobody to take what comes: the stages are being made.
        case stages
        /// Nothing can be claimed; dead letters cannot be stored either.
        case database
        /// What operators paused is not known yet.
        case pauses
        /// Nobody to send by.
        case providers
    }

    /// So long what was delivered is kept while Postgres is away; then it goes back to the queue.
    static let longestPause = Duration.seconds(600)

    private let consumer: EventConsumer
    private let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
    private var obstacles: Set<Obstacle> = [.stages, .database, .pauses]
    private var patience: ReactorTimer?
    private var onLongPause: @Sendable () -> Void = {}

    init(consumer: EventConsumer, reactor: Reactor) {
        self.consumer = consumer
        self.reactor = reactor
    }

    /// Begins with everything paused.
    ///
    /// - Parameter onLongPause: called on the reactor when Postgres was away for ten minutes.
    func begin(onLongPause: @escaping @Sendable () -> Void) async {
        self.onLongPause = onLongPause
        await consumer.pause()
    }

    func set(_ obstacle: Obstacle, _ isThere: Bool) {
        let before = obstacles
        if isThere { obstacles.insert(obstacle) } else { obstacles.remove(obstacle) }
        guard obstacles != before else { return }
        apply()
        if obstacle == .database { watchPatience(isThere) }
    }

    private func apply() {
        let (events, deadLetters) = (obstacles.isEmpty, obstacles.isDisjoint(with: [.stages, .database]))
        consumer.assumeIsolated { consumer in
            events ? consumer.resume([.events]) : consumer.pause([.events])
            deadLetters ? consumer.resume([.deadLetters]) : consumer.pause([.deadLetters])
        }
    }

    private func watchPatience(_ isAway: Bool) {
        patience?.cancel()
        patience = isAway ? reactor.schedule(after: Self.longestPause, onLongPause) : nil
    }
}

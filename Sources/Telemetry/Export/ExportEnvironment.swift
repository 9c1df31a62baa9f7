import Reactor
import Tracing

/// Time and chance as the exporter sees them; tests give it their own.
struct ExportEnvironment: Sendable {
    /// A clock that only goes forward, from any start.
    var uptime: @Sendable () -> Duration
    /// Nanoseconds since 1970, UTC.
    var wallClock: @Sendable () -> UInt64
    /// 0 up to 1.
    var random: @Sendable () -> Double
    var sleep: @Sendable (Duration) async throws -> Void

    static func live(_ reactor: Reactor) -> ExportEnvironment {
        let start = ContinuousClock.now
        return ExportEnvironment(
            uptime: { ContinuousClock.now - start },
            wallClock: { DefaultTracerClock.now.nanosecondsSinceEpoch },
            random: { Double.random(in: 0..<1) },
            sleep: { try await reactor.sleep(for: $0) }
        )
    }
}

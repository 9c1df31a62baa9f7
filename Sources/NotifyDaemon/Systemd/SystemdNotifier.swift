import Dispatch
import Logging
import Reactor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Keeps the service manager informed by `NOTIFY_SOCKET`: started, reloading, stopping, and that the program advances.
///
/// On a queue of its own, for the day that the reactor is stuck, when its silence has to be noticed and told.
actor SystemdNotifier {
    private let own = Reactor(label: "notifyd.systemd")
    nonisolated var unownedExecutor: UnownedSerialExecutor { own.executor.asUnownedSerialExecutor() }
    private let socket: NotifySocket
    private let watchdog: WatchdogSettings?
    private let logger: Logger
    private var machine: SystemdStateMachine
    private var outbox = NotifyOutbox()
    private var ticker: ReactorTimer?
    private var retry: ReactorTimer?
    private var isFailing = false

    /// - Parameters:
    ///   - environment: the process's variables.
    ///   - servers: where the broker and the database are, by component.
    /// - Returns: nil where no service manager wants to hear anything, or where it cannot: see `problem`.
    init?(environment: [String: String], servers: [String: String], logger: Logger) {
        guard let text = environment["NOTIFY_SOCKET"], !text.isEmpty, let address = try? NotifyAddress(parsing: text),
            let socket = NotifySocket(address)
        else { return nil }
        self.socket = socket
        watchdog = WatchdogSettings(environment: environment, processID: getpid())
        machine = SystemdStateMachine(servers: servers, hasWatchdog: watchdog != nil)
        self.logger = logger
    }

    /// Why a service manager that wants to hear something hears nothing; nil: it hears all, or there is none.
    static func problem(in environment: [String: String]) -> String? {
        guard let text = environment["NOTIFY_SOCKET"], !text.isEmpty else { return nil }
        do throws(NotifyAddress.Invalid) {
            _ = try NotifyAddress(parsing: text)
            return nil
        } catch {
            return error.description
        }
    }

    /// Says for the first time how things stand, and from then on that the program advances.
    nonisolated func begin(_ liveness: Liveness) {
        own.queue.async { self.assumeIsolated { $0.beginNow(liveness) } }
    }

    /// Takes note of it in the order of the calls; never waits.
    nonisolated func note(_ event: SystemdStateMachine.Event) {
        own.queue.async { self.assumeIsolated { $0.take(event) } }
    }

    /// `CLOCK_MONOTONIC`, by which systemd tells one reload from another.
    static var monotonicMicroseconds: UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
        return UInt64(clamping: time.tv_sec) * 1_000_000 + UInt64(clamping: time.tv_nsec) / 1000
    }

    /// At least every five seconds, and three times within the watchdog's interval.
    private var pace: Duration {
        guard let watchdog else { return .seconds(5) }
        return max(.milliseconds(10), min(.seconds(5), watchdog.interval / 3))
    }

    private func beginNow(_ liveness: Liveness) {
        take(.begun)
        ticker = own.schedule(every: pace) { [weak self] in
            self?.assumeIsolated { $0.take(.tick(liveness.verdict)) }
        }
    }

    private func take(_ event: SystemdStateMachine.Event) {
        guard let message = machine.on(event, now: .now) else { return }
        if outbox.first == nil { send(message) } else { postpone(message) }
    }

    private func send(_ message: NotifyMessage) {
        switch socket.send(message.text) {
        case .sent: isFailing = false
        case .full: postpone(message)
        case .failed(let reason): complain(reason)
        }
    }

    private func postpone(_ message: NotifyMessage) {
        outbox.keep(message)
        if message.status != nil { machine.statusWasLost() }
        guard retry == nil, outbox.first != nil else { return }
        retry = own.schedule(every: Self.retryPause) { [weak self] in self?.assumeIsolated { $0.sendWaiting() } }
    }

    private static let retryPause = Duration.milliseconds(50)

    private func sendWaiting() {
        while let message = outbox.first {
            switch socket.send(message.text) {
            case .sent: outbox.removeFirst()
            case .full: return
            case .failed(let reason):
                complain(reason)
                outbox.removeFirst()
            }
        }
        retry?.cancel()
        retry = nil
    }

    private func complain(_ reason: String) {
        guard !isFailing else { return }
        isFailing = true
        logger.warning("systemd cannot be told", metadata: ["error": .string("NOTIFY_SOCKET: \(reason)")])
    }

    deinit {
        ticker?.cancel()
        retry?.cancel()
    }
}

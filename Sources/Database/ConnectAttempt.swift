import CPostgres
import Reactor

/// One try to connect: look-up off the reactor, then libpq's polled connect on it to one address after the other, all
/// under one deadline.
actor ConnectAttempt {
    private let target: ConnectionTarget
    private let reactor: Reactor
    private let timeout: Duration
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    private let start = ContinuousClock.now
    /// Not tried yet.
    private var addresses: ArraySlice<ConnectionTarget> = []
    private var failures: [DatabaseError] = []
    private var handle: ConnectionHandle?
    private var source: DescriptorSource?
    private var timer: ReactorTimer?
    private var addressTimer: ReactorTimer?
    private var continuation: CheckedContinuation<Result<ConnectionHandle, DatabaseError>, Never>?
    private var outcome: Result<ConnectionHandle, DatabaseError>?

    init(target: ConnectionTarget, reactor: Reactor, timeout: Duration) {
        self.target = target
        self.reactor = reactor
        self.timeout = timeout
    }

    func run() async throws(DatabaseError) -> ConnectionHandle {
        timer = reactor.schedule(after: timeout) {
            self.assumeIsolated { $0.finish(.failure(Self.silence(of: $0.target, for: $0.timeout))) }
        }
        Task { await self.lookUp() }
        let result = await withCheckedContinuation { continuation in
            if let outcome { continuation.resume(returning: outcome) } else { self.continuation = continuation }
        }
        return try result.get()
    }

    private func lookUp() async {
        do throws(DatabaseError) {
            addresses = try await target.resolved()[...]
            guard outcome == nil else { return }
            tryNext()
        } catch {
            finish(.failure(error))
        }
    }

    private func tryNext() {
        guard let address = addresses.popFirst() else { return finish(.failure(Self.summary(of: failures))) }
        if !addresses.isEmpty {
            // An even share of what is left; the last one has the rest, under the timer of the whole.
            let share = (timeout - (.now - start)) / (addresses.count + 1)
            addressTimer = reactor.schedule(after: share) { [weak self] in
                self?.assumeIsolated { $0.failed(Self.silence(of: address, for: share)) }
            }
        }
        do throws(DatabaseError) {
            try connect(address)
        } catch {
            failed(error)
        }
    }

    private func failed(_ error: DatabaseError) {
        guard outcome == nil else { return }
        failures.append(error)
        dropWatches()
        handle?.finish()
        handle = nil
        tryNext()
    }

    private static func silence(of target: ConnectionTarget, for time: Duration) -> DatabaseError {
        let address = target.address
        return DatabaseError(.connect, "Postgres at \(address.host):\(address.port) did not answer within \(time)")
    }

    /// What each address said, in one line.
    private static func summary(of failures: [DatabaseError]) -> DatabaseError {
        DatabaseError(.connect, failures.map(\.message).joined(separator: "; "))
    }

    private func connect(_ target: ConnectionTarget) throws(DatabaseError) {
        let pairs = target.parameters.sorted { $0.key < $1.key }
        let keywords = CStringArray(pairs.map(\.key))
        let values = CStringArray(pairs.map(\.value))
        guard let connection = PQconnectStartParams(keywords.pointers, values.pointers, 0) else {
            throw DatabaseError(.connect, "libpq has no memory left for a connection")
        }
        let handle = ConnectionHandle(connection)
        self.handle = handle
        guard PQstatus(connection) != CONNECTION_BAD else {
            throw DatabaseError(.connect, "Postgres: \(handle.lastError)")
        }
        // PQconnectPoll wants to hear "writable" first (PostgreSQL manual, 34.1).
        watch(for: PGRES_POLLING_WRITING)
    }

    private func poll() {
        guard let handle, outcome == nil else { return }
        // The step may close the socket, and its number be given to somebody else.
        source?.cancel()
        source = nil
        handle.goOnConnecting(reactor) { [weak self] status in self?.assumeIsolated { $0.polled(handle, status) } }
    }

    private func polled(_ handle: ConnectionHandle, _ status: PostgresPollingStatusType) {
        switch status {
        case PGRES_POLLING_OK: finish(.success(handle))
        case PGRES_POLLING_FAILED: failed(DatabaseError(.connect, "Postgres: \(Self.explained(handle.lastError))"))
        default: watch(for: status)
        }
    }

    /// libpq passes on that OpenSSL did not accept a certificate, and drops the reason.
    private static func explained(_ message: String) -> String {
        guard message.contains("certificate verify failed") else { return message }
        return "\(message): the server's certificate is expired, or no authority in the file sslrootcert signed it"
    }

    /// The socket may be another one after each step (TLS refused), so the watch is made anew.
    private func watch(for status: PostgresPollingStatusType) {
        guard let handle else { return }
        source = DescriptorSource(
            descriptor: PQsocket(handle.pointer),
            reactor: reactor,
            onReadable: { [weak self] in self?.assumeIsolated { $0.poll() } },
            onWritable: { [weak self] in self?.assumeIsolated { $0.poll() } }
        )
        guard let source else {
            return failed(DatabaseError(.connect, "no descriptor left to watch the Postgres connection"))
        }
        if status == PGRES_POLLING_READING { source.watchReading(true) } else { source.watchWriting(true) }
    }

    private func finish(_ result: Result<ConnectionHandle, DatabaseError>) {
        guard outcome == nil else { return }
        outcome = result
        timer?.cancel()
        dropWatches()
        if case .failure = result { handle?.finish() }
        handle = nil
        continuation?.resume(returning: result)
        continuation = nil
    }

    private func dropWatches() {
        addressTimer?.cancel()
        source?.cancel()
        source = nil
    }
}

/// A null-terminated array of C strings, kept alive as long as the value.
private final class CStringArray {
    let pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>

    init(_ values: [String]) {
        pointers = .allocate(capacity: values.count + 1)
        for (index, value) in values.enumerated() {
            let bytes = value.utf8CString
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            for (offset, byte) in bytes.enumerated() { copy[offset] = byte }
            pointers[index] = UnsafePointer(copy)
        }
        pointers[values.count] = nil
    }

    deinit {
        var index = 0
        while let string = pointers[index] {
            string.deallocate()
            index += 1
        }
        pointers.deallocate()
    }
}

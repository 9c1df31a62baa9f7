import CPostgres
import Reactor

/// One try to connect: look-up off the reactor, then libpq's polled connect on it, all under one deadline.
actor ConnectAttempt {
    private let target: ConnectionTarget
    private let reactor: Reactor
    private let timeout: Duration
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    private var handle: ConnectionHandle?
    private var source: DescriptorSource?
    private var timer: ReactorTimer?
    private var continuation: CheckedContinuation<Result<ConnectionHandle, DatabaseError>, Never>?
    private var outcome: Result<ConnectionHandle, DatabaseError>?

    init(target: ConnectionTarget, reactor: Reactor, timeout: Duration) {
        self.target = target
        self.reactor = reactor
        self.timeout = timeout
    }

    func run() async throws(DatabaseError) -> ConnectionHandle {
        let address = target.address
        timer = reactor.schedule(after: timeout) {
            self.assumeIsolated {
                $0.finish(
                    .failure(
                        DatabaseError(
                            .connect,
                            "Postgres at \(address.host):\(address.port) did not answer within \($0.timeout)"
                        )
                    )
                )
            }
        }
        Task { await self.start() }
        let result = await withCheckedContinuation { continuation in
            if let outcome { continuation.resume(returning: outcome) } else { self.continuation = continuation }
        }
        return try result.get()
    }

    private func start() async {
        do throws(DatabaseError) {
            let resolved = try await target.resolved()
            guard outcome == nil else { return }
            try connect(resolved)
        } catch {
            finish(.failure(error))
        }
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
        let status = PQconnectPoll(handle.pointer)
        switch status {
        case PGRES_POLLING_OK: finish(.success(handle))
        case PGRES_POLLING_FAILED: finish(.failure(DatabaseError(.connect, "Postgres: \(handle.lastError)")))
        default: watch(for: status)
        }
    }

    /// The socket may be another one after each poll (next address, TLS refused), so the watch is made anew.
    private func watch(for status: PostgresPollingStatusType) {
        guard let handle else { return }
        source?.cancel()
        source = DescriptorSource(
            descriptor: PQsocket(handle.pointer),
            reactor: reactor,
            onReadable: { [weak self] in self?.assumeIsolated { $0.poll() } },
            onWritable: { [weak self] in self?.assumeIsolated { $0.poll() } }
        )
        guard let source else {
            return finish(.failure(DatabaseError(.connect, "no descriptor left to watch the Postgres connection")))
        }
        if status == PGRES_POLLING_READING { source.watchReading(true) } else { source.watchWriting(true) }
    }

    private func finish(_ result: Result<ConnectionHandle, DatabaseError>) {
        guard outcome == nil else { return }
        outcome = result
        timer?.cancel()
        source?.cancel()
        source = nil
        if case .failure = result { handle?.finish() }
        handle = nil
        continuation?.resume(returning: result)
        continuation = nil
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

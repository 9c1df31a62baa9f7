import CPostgres
import DequeModule
import Reactor

/// One connection to Postgres in libpq's non-blocking pipeline mode: units of work, one after the other.
///
/// A unit's statements go out together behind one Sync, which makes them one transaction (PostgreSQL manual, 55.2.3:
/// the implicit transaction ends at Sync): the unit is committed when the Sync's own answer came without an error
/// before it, and not sooner.
public actor DatabaseConnection {
    private let reactor: Reactor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    private let handle: ConnectionHandle
    private let onLost: @Sendable (DatabaseError) -> Void
    private var source: DescriptorSource?
    private var current: UnitOfWork?
    private var waiting = Deque<UnitOfWork>()
    private var preparedNames: [String: String] = [:]
    private var failure: DatabaseError?

    /// - Parameter onLost: called once, on the reactor, when the connection broke or was given up; not after `close()`.
    init(handle: ConnectionHandle, reactor: Reactor, onLost: @escaping @Sendable (DatabaseError) -> Void) {
        self.handle = handle
        self.reactor = reactor
        self.onLost = onLost
    }

    /// Connects and logs in, all without blocking; name look-up included the whole takes at most `timeout`.
    public static func open(
        _ target: ConnectionTarget,
        reactor: Reactor,
        timeout: Duration,
        onLost: @escaping @Sendable (DatabaseError) -> Void = { _ in }
    ) async throws(DatabaseError) -> DatabaseConnection {
        let connecting = ConnectAttempt(target: target, reactor: reactor, timeout: timeout)
        let handle = try await connecting.run()
        let connection = DatabaseConnection(handle: handle, reactor: reactor, onLost: onLost)
        try await connection.begin()
        return connection
    }

    /// The server's version as `server_version_num` has it: 150018 for 15.18.
    public var serverVersion: Int { Int(PQserverVersion(handle.pointer)) }

    /// The server process's id as the log-in told it; a pooler in between tells its own.
    public var backendProcessID: Int { Int(PQbackendPID(handle.pointer)) }

    private func begin() throws(DatabaseError) {
        guard PQsetnonblocking(handle.pointer, 1) == 0, PQenterPipelineMode(handle.pointer) == 1 else {
            throw DatabaseError(.connect, "Postgres: \(handle.lastError)")
        }
        source = DescriptorSource(
            descriptor: PQsocket(handle.pointer),
            reactor: reactor,
            onReadable: { [weak self] in self?.assumeIsolated { $0.readable() } },
            onWritable: { [weak self] in self?.assumeIsolated { $0.flush() } }
        )
        guard let source else { throw DatabaseError(.connect, "no descriptor left to watch the Postgres connection") }
        source.watchReading(true)
    }

    /// Runs the statements as one transaction and returns a table for each, once it is committed.
    ///
    /// - Parameter timeout: from now to the commit's answer, waiting behind other units included; when it runs out the
    ///   connection is given up, since nothing else tells what the server is still doing.
    public func run(_ statements: [Statement], timeout: Duration) async throws(DatabaseError) -> [ResultTable] {
        try await submit(.pipeline(statements), timeout: timeout)
    }

    /// Runs a script of several statements by the simple protocol, as one transaction unless it says otherwise.
    public func runScript(_ sql: String, timeout: Duration) async throws(DatabaseError) {
        _ = try await submit(.script(sql), timeout: timeout)
    }

    private func submit(_ work: UnitOfWork.Work, timeout: Duration) async throws(DatabaseError) -> [ResultTable] {
        let result = await withCheckedContinuation { continuation in
            let unit = UnitOfWork(work: work, continuation: continuation)
            if let failure { return unit.finish(.failure(failure)) }
            unit.timer = reactor.schedule(after: timeout) { [weak self] in
                self?.assumeIsolated { $0.fail(DatabaseError(.timeout, "Postgres did not answer within \(timeout)")) }
            }
            waiting.append(unit)
            startNext()
        }
        return try result.get()
    }

    /// Closes without waiting; units not yet committed end with `closed`.
    public func close() {
        end(with: DatabaseError(.closed, "the connection to Postgres was closed"))
    }

    // MARK: Sending

    private func startNext() {
        guard current == nil, failure == nil, let unit = waiting.popFirst() else { return }
        current = unit
        let isSent =
            switch unit.work {
            case .pipeline(let statements): send(statements, of: unit)
            case .script(let sql): PQexitPipelineMode(handle.pointer) == 1 && PQsendQuery(handle.pointer, sql) == 1
            }
        guard isSent else { return fail(DatabaseError(.connectionLost, "Postgres: \(handle.lastError)")) }
        flush()
    }

    private func send(_ statements: [Statement], of unit: UnitOfWork) -> Bool {
        for statement in statements {
            guard let name = prepare(statement, of: unit), execute(statement, name: name) else { return false }
            unit.expected.append(.rows)
        }
        return PQpipelineSync(handle.pointer) == 1
    }

    private func prepare(_ statement: Statement, of unit: UnitOfWork) -> String? {
        if let name = preparedNames[statement.sql] { return name }
        let name = unit.namesBeingPrepared[statement.sql]
        if let name { return name }
        let fresh = "s\(preparedNames.count + unit.namesBeingPrepared.count)"
        unit.namesBeingPrepared[statement.sql] = fresh
        unit.expected.append(.prepared(sql: statement.sql, name: fresh))
        let types = statement.parameters.map(\.typeOID)
        guard PQsendPrepare(handle.pointer, fresh, statement.sql, Int32(types.count), types) == 1 else { return nil }
        return fresh
    }

    private func execute(_ statement: Statement, name: String) -> Bool {
        let parameters = BinaryParameters(statement.parameters)
        let count = parameters.types.count
        return parameters.bytes.withUnsafeBytes { bytes in
            // An empty buffer has no address, and a null pointer would mean SQL NULL.
            withUnsafeBytes(of: UInt8(0)) { empty in
                let base = (bytes.baseAddress ?? empty.baseAddress)?.assumingMemoryBound(to: CChar.self)
                let values = parameters.offsets.map { offset in offset.flatMap { base?.advanced(by: $0) } }
                let formats = [Int32](repeating: 1, count: count)
                return PQsendQueryPrepared(
                    handle.pointer,
                    name,
                    Int32(count),
                    values,
                    parameters.lengths,
                    formats,
                    1
                ) == 1
            }
        }
    }

    private func flush() {
        guard failure == nil else { return }
        switch PQflush(handle.pointer) {
        case 0: source?.watchWriting(false)
        case 1: source?.watchWriting(true)
        default: fail(DatabaseError(.connectionLost, "Postgres: \(handle.lastError)"))
        }
    }

    // MARK: Receiving

    private func readable() {
        guard failure == nil else { return }
        guard PQconsumeInput(handle.pointer) == 1 else {
            return fail(DatabaseError(.connectionLost, "Postgres: \(handle.lastError)"))
        }
        while failure == nil, let unit = current, PQisBusy(handle.pointer) == 0 {
            if let result = PQgetResult(handle.pointer) {
                defer { PQclear(result) }
                take(result, for: unit)
            } else {
                endOfResult(for: unit)
            }
        }
        if failure == nil { flush() }
    }

    private func take(_ result: OpaquePointer, for unit: UnitOfWork) {
        switch PQresultStatus(result) {
        case PGRES_PIPELINE_SYNC:
            finishCurrent(unit)
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
            if case .prepared(let sql, let name)? = unit.expected.first {
                preparedNames[sql] = name
            } else {
                unit.tables.append(ResultTable(result))
            }
        case PGRES_PIPELINE_ABORTED:
            break
        default:
            unit.error = unit.error ?? ServerMessage.error(of: result)
            if PQstatus(handle.pointer) == CONNECTION_BAD {
                fail(DatabaseError(.connectionLost, "Postgres: \(handle.lastError)"))
            }
        }
    }

    private func endOfResult(for unit: UnitOfWork) {
        switch unit.work {
        case .pipeline:
            if !unit.expected.isEmpty { unit.expected.removeFirst() }
        case .script:
            guard PQenterPipelineMode(handle.pointer) == 1 else {
                return fail(DatabaseError(.connectionLost, "Postgres: \(handle.lastError)"))
            }
            finishCurrent(unit)
        }
    }

    private func finishCurrent(_ unit: UnitOfWork) {
        current = nil
        unit.finish(unit.error.map { .failure($0) } ?? .success(unit.tables))
        // A standby goes on answering: only another connection, there or elsewhere, can be of use.
        if let error = unit.error, error.isConnectionFailure { return fail(error) }
        startNext()
    }

    private func fail(_ error: DatabaseError) {
        guard failure == nil else { return }
        // The server's own last words (57P01: an administrator's stop) say more than the broken pipe after them.
        let reason = current?.error?.isConnectionFailure == true ? current?.error ?? error : error
        end(with: reason)
        onLost(reason)
    }

    private func end(with error: DatabaseError) {
        guard failure == nil else { return }
        failure = error
        source?.cancel()
        source = nil
        handle.finish()
        let units = (current.map { [$0] } ?? []) + waiting
        current = nil
        waiting.removeAll()
        for unit in units { unit.finish(.failure(error)) }
    }
}

import Dispatch
import Reactor
import Testing

@testable import Transfer

@Suite("SMTP sessions")
struct MailSessionTests {
    let reactor = Reactor(label: "test")
    let engine: TransferEngine

    init() throws {
        engine = try TransferEngine(reactor: reactor, userAgent: "notifyd-test/1")
    }

    func request(
        _ peer: ScriptedPeer,
        _ startTLS: MailSessionRequest.StartTLS = .never,
        login: Bool = false,
        timeout: Duration = .seconds(10)
    ) -> MailSessionRequest {
        MailSessionRequest(
            url: "smtp://127.0.0.1:\(peer.port)",
            heloName: "client.example",
            startTLS: startTLS,
            username: login ? "user" : nil,
            password: login ? "secret" : nil,
            connectTimeout: timeout
        )
    }

    func failure(_ request: MailSessionRequest) async -> TransferFailure? {
        do {
            _ = try await engine.openMailSession(request)
            Issue.record("a session was opened")
            return nil
        } catch {
            return error
        }
    }

    func failure(_ body: () async throws -> Void) async -> TransferFailure? {
        do {
            try await body()
            Issue.record("nothing failed")
            return nil
        } catch {
            return error as? TransferFailure
        }
    }

    /// A server that greets, offers what is given, and then runs the script.
    func server(
        offering capabilities: [String] = ["PIPELINING", "SIZE 1000"],
        then script: @escaping @Sendable (PeerConnection) -> Void
    ) throws -> ScriptedPeer {
        try ScriptedPeer { connection in
            connection.send("220-mail.example\r\n220 ready\r\n")
            guard connection.line() == "EHLO client.example" else { return connection.send("501 who?\r\n") }
            let lines = ["mail.example"] + capabilities
            for line in lines.dropLast() { connection.send("250-\(line)\r\n") }
            connection.send("250 \(lines[lines.count - 1])\r\n")
            script(connection)
        }
    }

    func soon(_ seconds: Int = 10) -> ContinuousClock.Instant { .now + .seconds(seconds) }

    func readLines(_ count: Int, from session: MailSession) async throws -> [String] {
        var bytes: [UInt8] = []
        while bytes.count(where: { $0 == 0x0A }) < count { bytes += try await session.read(deadline: soon()) }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
    }

    // MARK: A good session

    @Test("a session has the server's lines and capabilities, and carries pipelined commands")
    func pipelined() async throws {
        let notes = Notes()
        let peer = try server { connection in
            for _ in 0..<3 { connection.line().map(notes.add) }
            connection.send("250 ok\r\n250 ok\r\n")
            connection.send("354 go\r\n")
            connection.stayUntilHungUp()
        }
        let session = try await engine.openMailSession(request(peer))
        #expect(
            session.greeting == [
                "220-mail.example", "220 ready", "250-mail.example", "250-PIPELINING", "250 SIZE 1000",
            ]
        )
        #expect(session.capabilities == ["PIPELINING", "SIZE 1000"])
        #expect(session.remoteAddress == "127.0.0.1")
        #expect(session.remotePort == peer.port)
        #expect(!session.isEncrypted)
        #expect(session.timings.connect > .zero)
        #expect(session.timings.tls == .zero)
        #expect(await session.isReusable)
        try await session.write(Array("MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n".utf8), deadline: soon())
        #expect(try await readLines(3, from: session) == ["250 ok", "250 ok", "354 go"])
        #expect(notes.all == ["MAIL FROM:<a>", "RCPT TO:<b>", "DATA"])
        await session.close()
        #expect(await !session.isReusable)
        #expect(await failure { try await session.write([1], deadline: soon()) }?.kind == .closed)
    }

    @Test("a login on loopback without TLS works")
    func login() async throws {
        let notes = Notes()
        let peer = try server(offering: ["AUTH GSSAPI PLAIN"]) { connection in
            connection.line().map(notes.add)
            connection.send("235 2.7.0 welcome\r\n")
            connection.stayUntilHungUp()
        }
        let session = try await engine.openMailSession(request(peer, .auto, login: true))
        #expect(notes.all == ["AUTH PLAIN AHVzZXIAc2VjcmV0"])
        #expect(session.capabilities == ["AUTH GSSAPI PLAIN"])
        await session.close()
    }

    @Test("a server that knows no EHLO is greeted by HELO and offers nothing")
    func heloOnly() async throws {
        let peer = try ScriptedPeer { connection in
            connection.send("220 old\r\n")
            while let line = connection.line() {
                connection.send(line.hasPrefix("HELO") ? "250 old\r\n" : "502 what?\r\n")
            }
        }
        let session = try await engine.openMailSession(request(peer))
        #expect(session.capabilities.isEmpty)
        #expect(await session.isReusable)
        await session.close()
    }

    @Test("a session outlives the time allowed for opening it")
    func outlivesTimeout() async throws {
        let peer = try server { connection in
            while let line = connection.line() { connection.send("250 \(line)\r\n") }
        }
        let session = try await engine.openMailSession(request(peer, timeout: .milliseconds(100)))
        // A transfer that times out after the session's opening would have, on the same engine.
        let silent = try ScriptedPeer { $0.stayUntilHungUp() }
        #expect(await failure(request(silent, timeout: .milliseconds(200)))?.kind == .timeout)
        try await session.write(Array("NOOP\r\n".utf8), deadline: soon())
        #expect(try await readLines(1, from: session) == ["250 NOOP"])
        await session.close()
    }

    @Test("many sessions live side by side, beyond libcurl's own idea of how many to keep")
    func manySessions() async throws {
        let peer = try server { connection in
            while let line = connection.line() { connection.send("250 \(line)\r\n") }
        }
        var sessions: [MailSession] = []
        for _ in 0..<40 { sessions.append(try await engine.openMailSession(request(peer))) }
        for (number, session) in sessions.enumerated() {
            try await session.write(Array("NOOP \(number)\r\n".utf8), deadline: soon())
            #expect(try await readLines(1, from: session) == ["250 NOOP \(number)"])
        }
        for session in sessions { await session.close() }
    }

    @Test("a session that nobody holds any more is closed")
    func released() async throws {
        let (hungUp, signal) = AsyncStream<Void>.makeStream()
        let peer = try server { connection in
            connection.stayUntilHungUp()
            signal.yield()
        }
        _ = try await engine.openMailSession(request(peer))
        for await _ in hungUp { break }
    }

    @Test("a caller on the reactor stays on it through write and read")
    func staysOnReactor() async throws {
        let peer = try server { connection in
            while let line = connection.line() { connection.send("250 \(line)\r\n") }
        }
        let request = request(peer)
        let rounds = await reactor.task { [reactor, engine] in
            guard let session = try? await engine.openMailSession(request) else { return 0 }
            reactor.preconditionIsolated()
            var rounds = 0
            while rounds < 10 {
                let deadline = ContinuousClock.now + .seconds(10)
                guard (try? await session.write(Array("NOOP\r\n".utf8), deadline: deadline)) != nil else { break }
                reactor.preconditionIsolated()
                guard (try? await session.read(deadline: deadline)) != nil else { break }
                reactor.preconditionIsolated()
                rounds += 1
            }
            await session.close()
            return rounds
        }.value
        #expect(rounds == 10)
    }

    // MARK: Sessions that end

    @Test("a server that hangs up on an idle session is seen; what it said before is still read")
    func idleClosed() async throws {
        let peer = try server { connection in
            _ = connection.line()
            connection.send("421 4.4.2 idle too long\r\n")
        }
        let session = try await engine.openMailSession(request(peer))
        try await session.write(Array("NOOP\r\n".utf8), deadline: soon())
        #expect(try await readLines(1, from: session) == ["421 4.4.2 idle too long"])
        #expect(await failure { _ = try await session.read(deadline: soon()) }?.kind == .closed)
        #expect(await !session.isReusable)
        let failure = await self.failure { try await session.write([1], deadline: soon()) }
        #expect(failure?.kind == .closed)
        #expect(failure?.sentBytes == 0)
    }

    @Test("an unasked-for line makes an idle session unfit for reuse")
    func unaskedLine() async throws {
        let peer = try server { connection in
            _ = connection.line()
            connection.send("250 ok\r\n421 bye\r\n")
            connection.stayUntilHungUp()
        }
        let session = try await engine.openMailSession(request(peer))
        try await session.write(Array("NOOP\r\n".utf8), deadline: soon())
        let limit = soon()
        while await session.isReusable, limit > .now { await Task.yield() }
        #expect(await !session.isReusable)
        await session.close()
    }

    @Test("no answer by the deadline: timeout, and the session can still be read")
    func readTimeout() async throws {
        let peer = try server { connection in
            while let line = connection.line() { connection.send("250 \(line)\r\n") }
        }
        let session = try await engine.openMailSession(request(peer))
        let early = ContinuousClock.now + .milliseconds(50)
        #expect(await failure { _ = try await session.read(deadline: early) }?.kind == .timeout)
        #expect(early < .now)
        #expect(await failure { _ = try await session.read(deadline: early) }?.kind == .timeout)
        try await session.write(Array("NOOP\r\n".utf8), deadline: soon())
        #expect(try await readLines(1, from: session) == ["250 NOOP"])
        await session.close()
    }

    @Test("a read is cancelled with its task")
    func readCancelled() async throws {
        let peer = try server { $0.stayUntilHungUp() }
        let session = try await engine.openMailSession(request(peer))
        let task = Task { await self.failure { _ = try await session.read(deadline: soon()) } }
        await Task.yield()
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        await session.close()
    }

    @Test("a server that takes nothing more: the write times out and says how much went out")
    func writeTimeout() async throws {
        let gate = DispatchSemaphore(value: 0)
        let peer = try server { _ in gate.wait() }
        let session = try await engine.openMailSession(request(peer))
        let bytes = [UInt8](repeating: 0x61, count: 64 << 20)
        let deadline = ContinuousClock.now + .milliseconds(300)
        let failure = await self.failure { try await session.write(bytes, deadline: deadline) }
        #expect(failure?.kind == .timeout)
        #expect(failure?.sentBodyBytes == true)
        #expect((1..<bytes.count).contains(failure?.sentBytes ?? 0))
        #expect(await !session.isReusable)
        gate.signal()
    }

    @Test("a write larger than every buffer arrives whole while the server reads, and its answer comes back")
    func largeWrite() async throws {
        // A prime for the block's length: a buffer lost or sent twice moves all that follows.
        let block = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 11) }
        var bytes: [UInt8] = []
        for _ in 0..<256 { bytes += block }
        let sent = bytes
        let peer = try server { connection in
            let arrived = connection.bytes(sent.count)
            connection.send(arrived == sent ? "250 whole\r\n" : "550 not what was sent\r\n")
            connection.stayUntilHungUp()
        }
        let session = try await engine.openMailSession(request(peer))
        try await session.write(sent, deadline: soon(60))
        #expect(try await readLines(1, from: session) == ["250 whole"])
        await session.close()
    }

    @Test("a server that floods is made to wait, and loses nothing")
    func flood() async throws {
        let peer = try server { connection in
            _ = connection.line()
            for number in 0..<50_000 { connection.send("250 line \(number)\r\n") }
        }
        let session = try await engine.openMailSession(request(peer))
        try await session.write(Array("HELP\r\n".utf8), deadline: soon())
        let lines = try await readLines(50_000, from: session)
        #expect(lines.count == 50_000)
        #expect(lines.last == "250 line 49999")
        await session.close()
    }

    @Test("closing ends a pending read; shutting the engine down closes sessions")
    func shutdown() async throws {
        let peer = try server { $0.stayUntilHungUp() }
        let first = try await engine.openMailSession(request(peer))
        let second = try await engine.openMailSession(request(peer))
        let reading = Task { await self.failure { _ = try await first.read(deadline: soon()) } }
        await Task.yield()
        await first.close()
        let ending = await reading.value
        #expect(ending?.kind == .closed)
        await engine.shutdown()
        #expect(await !second.isReusable)
        #expect(await failure(request(peer))?.kind == .cancelled)
    }

    @Test("a silent server does not hold up another session on the engine")
    func silentNeighbour() async throws {
        let silent = try ScriptedPeer { $0.stayUntilHungUp() }
        let peer = try server { connection in
            while let line = connection.line() { connection.send("250 \(line)\r\n") }
        }
        let silentRequest = request(silent, timeout: .seconds(60))
        let stuck = Task { await self.failure(silentRequest) }
        let session = try await engine.openMailSession(request(peer))
        for _ in 0..<100 {
            try await session.write(Array("NOOP\r\n".utf8), deadline: soon())
            #expect(try await readLines(1, from: session) == ["250 NOOP"])
        }
        stuck.cancel()
        #expect(await stuck.value?.kind == .cancelled)
        await session.close()
    }
}

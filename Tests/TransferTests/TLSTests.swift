import Reactor
import Testing

@testable import Transfer

@Suite("TLS, on real servers", .enabled(if: TLSServers.isPossible, "python3-aiosmtpd and openssl are needed"))
struct TLSTests {
    let engine: TransferEngine
    let servers: TLSServers

    init() throws {
        engine = try TransferEngine(reactor: Reactor(label: "test"), userAgent: "notifyd-test/1")
        servers = try TLSServers()
    }

    private func request(_ url: String, password: String = "secret", caFile: String? = nil) -> MailSessionRequest {
        MailSessionRequest(
            url: url,
            heloName: "client.example",
            username: "user",
            password: password,
            caFile: caFile ?? servers.caFile
        )
    }

    private func failure(_ request: MailSessionRequest) async -> TransferFailure? {
        do {
            _ = try await engine.openMailSession(request)
            Issue.record("a session was opened")
            return nil
        } catch {
            return error
        }
    }

    private func exchange(_ text: [UInt8], replies: Int, on session: MailSession) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(60)
        try await session.write(text, deadline: deadline)
        var bytes: [UInt8] = []
        while bytes.count(where: { $0 == 0x0A }) < replies { bytes += try await session.read(deadline: deadline) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("STARTTLS and AUTH by libcurl, then a mail of 4 MiB over the session")
    func startTLS() async throws {
        let session = try await engine.openMailSession(request("smtp://localhost:\(servers.smtpPort)"))
        #expect(session.isEncrypted)
        #expect(session.timings.tls > .zero)
        #expect(session.timings.tls < session.timings.total)
        #expect(session.greeting.last?.hasPrefix("235") == true)
        #expect(session.capabilities.contains("8BITMIME"))
        #expect(!session.capabilities.contains("STARTTLS"))
        let envelope = Array("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n".utf8)
        #expect(try await exchange(envelope, replies: 3, on: session).contains("354"))
        let line = Array((String(repeating: "x", count: 62) + "\r\n").utf8)
        let mail = Array(repeatElement(line, count: 65_536).joined()) + Array(".\r\n".utf8)
        #expect(try await exchange(mail, replies: 1, on: session) == "250 took 4194304 bytes\r\n")
        await session.close()
    }

    @Test("smtps: TLS from the first byte")
    func implicitTLS() async throws {
        let session = try await engine.openMailSession(request("smtps://localhost:\(servers.smtpsPort)"))
        #expect(session.isEncrypted)
        #expect(session.timings.tls > .zero)
        #expect(try await exchange(Array("NOOP\r\n".utf8), replies: 1, on: session).hasPrefix("250"))
        await session.close()
    }

    @Test("a wrong password over TLS: login, with the reply")
    func wrongPassword() async {
        let failure = await self.failure(request("smtp://localhost:\(servers.smtpPort)", password: "wrong"))
        #expect(failure?.kind == .login)
        #expect(failure?.smtpReply?.code == 535)
    }

    @Test("a certificate of another authority: tls, before any credential")
    func otherAuthority() async {
        for url in ["smtp://localhost:\(servers.smtpPort)", "smtps://localhost:\(servers.smtpsPort)"] {
            #expect(await failure(request(url, caFile: servers.otherCAFile))?.kind == .tls)
        }
    }

    @Test("a certificate for another name: tls")
    func otherName() async {
        #expect(await failure(request("smtp://127.0.0.1:\(servers.smtpPort)"))?.kind == .tls)
    }

    @Test("https with a CA file of its own; the second request has no TLS time")
    func https() async throws {
        let request = HTTPRequest(
            method: "GET",
            url: "https://localhost:\(servers.httpsPort)/",
            caFile: servers.caFile
        )
        let first = try await engine.http(request)
        #expect(first.body == Array("ok".utf8))
        #expect(first.timings.tls > .zero)
        let second = try await engine.http(request)
        #expect(second.timings == TransferTimings(total: second.timings.total))
    }

    @Test("https: the system's authorities and other authorities do not vouch for it; nor does the wrong name pass")
    func httpsUntrusted() async {
        let local = "https://localhost:\(servers.httpsPort)/"
        for (url, caFile) in [
            (local, nil), (local, servers.otherCAFile), ("https://127.0.0.1:\(servers.httpsPort)/", servers.caFile),
        ] {
            let error = await #expect(throws: TransferFailure.self) {
                try await engine.http(HTTPRequest(method: "GET", url: url, caFile: caFile))
            }
            #expect(error?.kind == .tls)
        }
    }
}

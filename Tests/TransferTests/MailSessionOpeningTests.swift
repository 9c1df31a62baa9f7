import Dispatch
import Reactor
import Testing

@testable import Transfer

/// Sessions that cannot be opened.
extension MailSessionTests {
    @Test("a refusing greeting: refused, with the server's words", arguments: [421, 554])
    func greeting(code: Int) async throws {
        let peer = try ScriptedPeer { connection in
            connection.send("\(code)-4.3.2 no\r\n\(code) room\r\n")
            connection.stayUntilHungUp()
        }
        let failure = await self.failure(request(peer))
        #expect(failure?.kind == .refused)
        #expect(failure?.smtpReply == .init(code: code, text: "4.3.2 no room"))
        #expect(failure?.sentBodyBytes == false)
    }

    @Test("EHLO and HELO refused: refused, with the reply", arguments: [MailSessionRequest.StartTLS.require, .never])
    func ehloRefused(startTLS: MailSessionRequest.StartTLS) async throws {
        let peer = try ScriptedPeer { connection in
            connection.send("220 hi\r\n")
            while connection.line() != nil { connection.send("550 5.7.1 not you\r\n") }
        }
        let failure = await self.failure(request(peer, startTLS))
        #expect(failure?.kind == .refused)
        #expect(failure?.smtpReply == .init(code: 550, text: "5.7.1 not you"))
    }

    @Test("a server that says 421 to EHLO and hangs up: refused")
    func hangsUpAfter421() async throws {
        let peer = try ScriptedPeer { connection in
            connection.send("220 hi\r\n")
            _ = connection.line()
            connection.send("421 4.7.0 later\r\n")
        }
        let failure = await self.failure(request(peer))
        #expect(failure?.kind == .refused)
        #expect(failure?.smtpReply?.code == 421)
    }

    @Test("no STARTTLS where it is required: tls, and the client's name is all that went out")
    func noStartTLS() async throws {
        let notes = Notes()
        let peer = try server(offering: ["AUTH PLAIN"]) { connection in
            while let line = connection.line() { notes.add(line) }
        }
        let failure = await self.failure(request(peer, .require, login: true))
        #expect(failure?.kind == .tls)
        #expect(notes.all.isEmpty)
    }

    @Test("STARTTLS refused: refused, with the reply")
    func startTLSRefused() async throws {
        let peer = try server(offering: ["STARTTLS"]) { connection in
            while connection.line() != nil { connection.send("454 4.7.0 not now\r\n") }
        }
        let failure = await self.failure(request(peer, .require))
        #expect(failure?.kind == .refused)
        #expect(failure?.smtpReply == .init(code: 454, text: "4.7.0 not now"))
    }

    @Test("a reply smuggled in behind the go-ahead to STARTTLS ends it")
    func smuggledReply() async throws {
        let peer = try server(offering: ["STARTTLS"]) { connection in
            _ = connection.line()
            connection.send("220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n")
            connection.stayUntilHungUp()
        }
        #expect([.badAnswer, .tls].contains(await failure(request(peer, .require))?.kind))
    }

    @Test("a wrong password: login, with the reply")
    func wrongPassword() async throws {
        let peer = try server(offering: ["AUTH PLAIN LOGIN"]) { connection in
            while connection.line() != nil { connection.send("535 5.7.8 wrong\r\n") }
        }
        let failure = await self.failure(request(peer, login: true))
        #expect(failure?.kind == .login)
        #expect(failure?.smtpReply == .init(code: 535, text: "5.7.8 wrong"))
        #expect(failure?.detail.contains("secret") == false)
    }

    @Test("credentials and a server without AUTH: login", arguments: [["SIZE 1"], ["AUTH GSSAPI"]])
    func noAuth(capabilities: [String]) async throws {
        let peer = try server(offering: capabilities) { $0.stayUntilHungUp() }
        #expect(await failure(request(peer, login: true))?.kind == .login)
    }

    @Test("a silent greeting: timeout, without any reply")
    func silentGreeting() async throws {
        let peer = try ScriptedPeer { $0.stayUntilHungUp() }
        let failure = await self.failure(request(peer, timeout: .milliseconds(150)))
        #expect(failure?.kind == .timeout)
        #expect(failure?.smtpReply == nil)
        #expect((failure?.timings.connect ?? .zero) > .zero)
    }

    @Test("a server that hangs up without a word: closed")
    func hangsUp() async throws {
        let peer = try ScriptedPeer { _ in }
        #expect(await failure(request(peer))?.kind == .closed)
    }

    @Test("a server that greets without end: badAnswer")
    func endlessGreeting() async throws {
        let peer = try ScriptedPeer { connection in
            for _ in 0..<4000 { connection.send("220-\(String(repeating: "x", count: 60))\r\n") }
            connection.stayUntilHungUp()
        }
        #expect(await failure(request(peer))?.kind == .badAnswer)
    }

    @Test("nobody listens: connect; a name that does not exist: dns; a web address: configuration")
    func unreachable() async throws {
        let port = try { try ScriptedPeer { _ in }.port }()
        let urls: [(String, TransferFailure.Kind)] = [
            ("smtp://127.0.0.1:\(port)", .connect), ("smtp://nosuchhost.invalid", .dns),
            ("http://127.0.0.1", .configuration),
        ]
        for (url, kind) in urls {
            let request = MailSessionRequest(url: url, heloName: "client.example", startTLS: .never)
            #expect(await failure(request)?.kind == kind)
        }
    }

    @Test("cancelled while opening: cancelled")
    func cancelledOpening() async throws {
        let (accepted, signal) = AsyncStream<Void>.makeStream()
        let peer = try ScriptedPeer { connection in
            signal.yield()
            connection.stayUntilHungUp()
        }
        let request = request(peer)
        let task = Task { await self.failure(request) }
        for await _ in accepted { break }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
    }
}

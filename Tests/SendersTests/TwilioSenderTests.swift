import DomainEvents
import Pipeline
import Reactor
import Testing
import Transfer

@testable import Senders

@Suite("Twilio sender against a scripted server", .timeLimit(.minutes(1)))
struct TwilioSenderTests {
    private let reactor = Reactor(label: "tests")

    private func send(_ script: HTTPScript, sendTimeout: Duration = .seconds(10)) async throws -> (SendReport, [String])
    {
        let server = try ScriptedServer(script.run)
        defer { server.stop() }
        let sender = try Fixtures.twilioSender(port: server.port, reactor: reactor, sendTimeout: sendTimeout)
        let report = try await sender.send(Fixtures.sms())
        await sender.shutdown()
        return (report, server.notes)
    }

    @Test("201: the sid is the id; the request is Twilio's form, authorised, with number and text escaped")
    func accepted() async throws {
        let (report, notes) = try await send(HTTPScript())
        #expect(report.result == .accepted(providerMessageID: "SM0123456789abcdef"))
        #expect(report.httpStatus == 201)
        #expect(report.httpMethod == "POST")
        #expect(report.urlTemplate == "/2010-04-01/Accounts/{sid}/Messages.json")
        #expect(report.serverAddress == "127.0.0.1")
        #expect(notes.first == "POST /2010-04-01/Accounts/ACtest0123456789/Messages.json HTTP/1.1")
        #expect(notes.last == "To=%2B4915112345678&From=%2B15005550006&Body=Thanks+for+12+%E2%82%AC+%26+more")
        #expect(notes.contains { $0.lowercased() == "content-type: application/x-www-form-urlencoded" })
        #expect(notes.contains { $0.hasPrefix("Authorization: Basic ") })
    }

    @Test("400 with 21211 is permanent, 21610 is stopped, 429 waits as long as asked")
    func refusals() async throws {
        let bad = try await send(
            HTTPScript(status: 400, body: #"{"code":21211,"message":"Invalid 'To' +4915112345678"}"#)
        )
        #expect(
            bad.0.result == .permanent(.twilio(21211), "Twilio answered with HTTP 400, code 21211: Invalid 'To' ***")
        )
        let stopped = try await send(HTTPScript(status: 400, body: #"{"code":21610,"message":"unsubscribed"}"#))
        #expect(stopped.0.result.code == .twilio(21610))
        guard case .stopped = stopped.0.result else {
            Issue.record("21610 did not stop")
            return
        }
        let busy = try await send(HTTPScript(status: 429, headers: ["Retry-After: 17"], body: #"{"code":20429}"#))
        guard case .transient(.twilio(20429), _, .seconds(17)?) = busy.0.result else {
            Issue.record("429: \(busy.0.result)")
            return
        }
    }

    @Test("500, a lost connection and silence after the body are uncertain, and the request went out once")
    func uncertain() async throws {
        let failed = try await send(HTTPScript(status: 500, body: "oops"))
        #expect(failed.0.result.code == .http(500))
        for script in [HTTPScript(status: 500), HTTPScript(hangsUp: true)] {
            let (report, notes) = try await send(script)
            guard case .uncertain = report.result else {
                Issue.record("\(report.result)")
                return
            }
            #expect(notes.count { $0.hasPrefix("POST ") } == 1)
        }
        let silent = try ScriptedServer { _, connection in while connection.line() != nil { continue } }
        defer { silent.stop() }
        let sender = try Fixtures.twilioSender(port: silent.port, reactor: reactor, sendTimeout: .milliseconds(300))
        guard case .uncertain(.httpNoAnswer, _) = try await sender.send(Fixtures.sms()).result else {
            Issue.record("silence was not uncertain")
            return
        }
    }

    @Test("nobody there is transient; a wrong token is refused")
    func ours() async throws {
        let server = try ScriptedServer(HTTPScript().run)
        server.stop()
        let sender = try Fixtures.twilioSender(port: server.port, reactor: reactor)
        guard case .transient(.httpConnect, _, nil) = try await sender.send(Fixtures.sms()).result else {
            Issue.record("a refused connection was not transient")
            return
        }
        let (report, _) = try await send(HTTPScript(status: 401, body: #"{"code":20003,"message":"Authenticate"}"#))
        guard case .refused(.twilio(20003), _) = report.result else {
            Issue.record("20003 was not refused")
            return
        }
    }

    @Test("the probe reads the account, and says refused or unreachable")
    func probe() async throws {
        let server = try ScriptedServer(HTTPScript(status: 200, body: "{}").run)
        let sender = try Fixtures.twilioSender(port: server.port, reactor: reactor)
        guard case .healthy = await sender.probe() else {
            Issue.record("200 was not healthy")
            return
        }
        #expect(server.notes.first == "GET /2010-04-01/Accounts/ACtest0123456789.json HTTP/1.1")
        server.stop()
        let wrong = try ScriptedServer(HTTPScript(status: 401, body: #"{"code":20003}"#).run)
        defer { wrong.stop() }
        let refused = try Fixtures.twilioSender(port: wrong.port, reactor: reactor)
        guard case .refused(.twilio(20003), _) = await refused.probe() else {
            Issue.record("401 was not refused")
            return
        }
    }

    private func answered(_ status: Int, _ body: String) async throws -> ProbeResult {
        let server = try ScriptedServer(HTTPScript(status: status, body: body).run)
        defer { server.stop() }
        return try await Fixtures.twilioSender(port: server.port, reactor: reactor).probe()
    }

    @Test("a server that takes messages only is there, and the probe says that the login was not checked")
    func standIn() async throws {
        for status in [404, 405, 501] {
            guard case .healthy(let text) = try await answered(status, "<html>no such page</html>") else {
                Issue.record("\(status) was not healthy")
                continue
            }
            #expect(text.hasSuffix(", login not checked (HTTP \(status))"))
        }
    }

    @Test("Twilio's own 404, a refused login without a code, a limit and a server in trouble are not well")
    func unwell() async throws {
        let unknown = try await answered(404, #"{"code":20404,"message":"not found"}"#)
        guard case .refused(.twilio(20404), _) = unknown else {
            Issue.record("20404: \(unknown)")
            return
        }
        for status in [401, 403] {
            let result = try await answered(status, "no")
            guard case .refused(let code, _) = result, code == .http(status) else {
                Issue.record("\(status): \(result)")
                continue
            }
        }
        for status in [429, 500, 503] {
            let result = try await answered(status, "no")
            guard case .unreachable(let code, _) = result, code == .http(status) else {
                Issue.record("\(status): \(result)")
                continue
            }
        }
    }

    @Test("form fields: everything but unreserved characters is escaped")
    func form() {
        let bytes = FormEncoding.encode([("a b", "1&2=3"), ("ü", "+\r\n")])
        #expect(String(decoding: bytes, as: UTF8.self) == "a+b=1%262%3D3&%C3%BC=%2B%0D%0A")
    }

    @Test("host and port of a base URL")
    func urlHost() {
        func split(_ url: String) -> String {
            let (host, port) = URLHost.split(url)
            return "\(host ?? "-") \(port.map(String.init) ?? "-")"
        }
        #expect(split("https://api.twilio.com") == "api.twilio.com 443")
        #expect(split("http://u:p@[::1]:8080/x") == "::1 8080")
        #expect(split("http://localhost/x:1") == "localhost 80")
        #expect(split("smtp://mail.example") == "mail.example 25")
        #expect(split("smtps://mail.example") == "mail.example 465")
        #expect(split("smtp://[::1]:2525") == "::1 2525")
        #expect(split("nonsense") == "- -")
    }

    @Test("a printed configuration holds neither account nor token")
    func printing() {
        let configuration = TwilioSenderConfiguration(
            accountSID: Fixtures.accountSID,
            authToken: Fixtures.authToken,
            origin: .messagingService(sid: "MG1")
        )
        #expect("\(configuration) \(String(reflecting: configuration))".contains(Fixtures.authToken) == false)
        #expect("\(configuration)".contains(Fixtures.accountSID) == false)
    }
}

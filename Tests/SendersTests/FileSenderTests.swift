import DomainEvents
import Pipeline
import Testing

@testable import Senders

@Suite("File senders")
struct FileSenderTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func mailSender(_ path: String? = nil) throws -> FileMailSender {
        FileMailSender(path: path ?? folder.path, from: try Mailbox(parsing: "Shop <orders@ourco.example>"))
    }

    @Test("an email is one whole message in new/, nothing is left in tmp/")
    func mail() async throws {
        let report = try await mailSender().send(Fixtures.email())
        let names = folder.names("mail/new")
        #expect(names.count == 1)
        #expect(report.result == .accepted(providerMessageID: names.first))
        #expect(folder.names("mail/tmp").isEmpty)
        #expect(folder.names("mail") == ["cur", "new", "tmp"])
        let mail = try #require(ParsedMail(folder.contents("mail/new/\(names.first ?? "")")))
        #expect(mail["To"] == Fixtures.address)
        #expect(mail.parts.count == 2)
    }

    @Test("a message sent again is a second file; both names hold the notification's id")
    func resend() async throws {
        let sender = try mailSender()
        for _ in 0..<3 { _ = try await sender.send(Fixtures.email()) }
        let names = folder.names("mail/new")
        #expect(names.count == 3)
        #expect(names.allSatisfy { $0.contains("S\(Fixtures.stableID).") })
        #expect(Set(names.map { folder.contents("mail/new/\($0)") }).count == 1)
    }

    @Test("an SMS is one file: number, sender, date, event, an empty line, the text; no line can be slipped in")
    func sms() async throws {
        _ = try await FileSMSSender(path: folder.path, from: "Shop").send(Fixtures.sms())
        let names = folder.names("sms")
        #expect(names.count == 1)
        let text = String(decoding: folder.contents("sms/\(names.first ?? "")"), as: UTF8.self)
        #expect(
            text == """
                To: +4915112345678
                From: Shop
                Date: Tue, 01 Jul 2025 10:52:37 +0000
                Notifyd-Event-ID: evt-1 To: +1

                Thanks for 12 € & more

                """
        )
        #expect(folder.names(".sms.tmp").isEmpty)
    }

    @Test("a stable id with a path in it stays a file name")
    func pathInID() async throws {
        var notification = try Fixtures.email()
        notification.stableID = "../../etc/x"
        _ = try await mailSender().send(notification)
        #expect(folder.names("mail/new").count == 1)
    }

    @Test("a folder that cannot be made is our trouble, and the probe says so")
    func unwritable() async throws {
        let sender = try mailSender("/proc/self/nothing/here")
        guard case .refused(.fileWrite, let detail) = try await sender.send(Fixtures.email()).result else {
            Issue.record("an unwritable folder was not refused")
            return
        }
        #expect(detail.contains("/proc/self/nothing"))
        guard case .refused(.fileWrite, _) = await sender.probe() else {
            Issue.record("the probe found nothing wrong")
            return
        }
        guard case .healthy = try await mailSender().probe() else {
            Issue.record("the probe found something wrong")
            return
        }
        #expect(folder.names("mail/tmp").isEmpty)
    }
}

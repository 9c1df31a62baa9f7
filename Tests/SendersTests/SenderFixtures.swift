import DomainEvents
import FoundationEssentials
import Pipeline
import Reactor
import Synchronization
import Testing
import Transfer

@testable import Senders

/// Notifications, engines and waits that the tests of senders share.
enum Fixtures {
    static let address = "jane.doe@customer.example"
    static let phone = "+4915112345678"
    static let stableID = "5ab1e1d00000000000000000"

    static func email(to address: String = address) throws -> OutgoingNotification {
        OutgoingNotification(
            content: .email(subject: "Your payment of €12.00", html: "<p>Thanks</p>", text: "Thanks\n.\n"),
            address: .email(try #require(EmailAddress(address))),
            stableID: stableID,
            eventID: "evt-1",
            date: Date(timeIntervalSince1970: 1_751_367_157)
        )
    }

    static func sms() throws -> OutgoingNotification {
        OutgoingNotification(
            content: .sms(text: "Thanks for 12 € & more", segments: 1),
            address: .phone(try #require(PhoneNumber(phone))),
            stableID: stableID,
            eventID: "evt-1\nTo: +1",
            date: Date(timeIntervalSince1970: 1_751_367_157)
        )
    }

    static func smtpSender(
        port: Int,
        reactor: Reactor,
        connections: Int = 8,
        sendTimeout: Duration = .seconds(40),
        answerTimeout: Duration = .seconds(10),
        idleTimeout: Duration = .seconds(30),
        rate: Double? = nil,
        startTLS: MailSessionRequest.StartTLS = .never,
        password: String? = nil
    ) throws -> SMTPSender {
        let engine = try TransferEngine(reactor: reactor, userAgent: "notifyd-tests")
        return SMTPSender(
            configuration: SMTPSenderConfiguration(
                server: MailSessionRequest(
                    url: "smtp://127.0.0.1:\(port)",
                    heloName: "localhost",
                    startTLS: startTLS,
                    username: password.map { _ in "shop" },
                    password: password
                ),
                from: try Mailbox(parsing: "Shop <orders@ourco.example>"),
                connections: connections,
                sendTimeout: sendTimeout,
                answerTimeout: answerTimeout,
                rate: rate,
                idleTimeout: idleTimeout
            ),
            engine: engine,
            reactor: reactor
        )
    }

    static func twilioSender(
        port: Int,
        reactor: Reactor,
        scheme: String = "http",
        sendTimeout: Duration = .seconds(40),
        rate: Double? = nil
    ) throws -> TwilioSender {
        TwilioSender(
            configuration: TwilioSenderConfiguration(
                accountSID: accountSID,
                authToken: authToken,
                origin: .from("+15005550006"),
                baseURL: "\(scheme)://127.0.0.1:\(port)/",
                sendTimeout: sendTimeout,
                rate: rate
            ),
            engine: try TransferEngine(reactor: reactor, userAgent: "notifyd-tests"),
            reactor: reactor
        )
    }

    static let accountSID = "ACtest0123456789"
    static let authToken = "t0ken-which-nobody-may-see"
}

extension Sender {
    /// For tests that do not ask when the last byte was out.
    func send(_ notification: OutgoingNotification) async -> SendReport {
        await send(notification, SendSteps())
    }

    /// For tests of the last byte.
    func send(
        _ notification: OutgoingNotification,
        onLastByte: @escaping @Sendable () -> Void
    ) async -> SendReport {
        await send(notification, SendSteps(lastByteIsOut: onLastByte))
    }
}

/// What was true at each call.
final class Calls<Fact: Sendable>: Sendable {
    private let facts = Mutex<[Fact]>([])

    func note(_ fact: Fact) { facts.withLock { $0.append(fact) } }
    var all: [Fact] { facts.withLock { $0 } }
}

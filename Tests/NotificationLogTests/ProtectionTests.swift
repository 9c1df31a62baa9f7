import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Testing

@testable import NotificationLog

@Suite("Masks, hashes and stored messages")
struct ProtectionTests {
    @Test(
        "a mask shows enough to recognise and too little to use",
        arguments: [
            ("jane@example.com", "j***@example.com"), ("+4915112345623", "+49***23"), ("+123", "***"),
            ("@x", "***@x"), ("", "***"),
        ]
    )
    func masks(address: String, mask: String) {
        #expect(AddressProtector.mask(address) == mask)
    }

    @Test("the hash is keyed, does not depend on case, and is 64 hexadecimal digits")
    func hashes() {
        let protector = AddressProtector(key: Array(repeating: 1, count: 32))
        let hash = protector.hash(of: "Jane@Example.com")
        #expect(hash == protector.hash(of: "jane@example.com"))
        #expect(hash.count == 64)
        #expect(hash != AddressProtector(key: Array(repeating: 2, count: 32)).hash(of: "jane@example.com"))
    }

    let message = IncomingMessage(
        exchange: "domain-events",
        routingKey: "user.signup",
        body: Array(#"{"token":"s3cret"}"#.utf8),
        timestamp: Date(timeIntervalSince1970: 1_789_999_999),
        headers: ["traceparent": "00-ab", "odd": "a\u{0}b"],
        receivedAt: Date(timeIntervalSince1970: 1_790_000_000)
    )

    @Test("a message comes back as it was stored, a NUL in a header made harmless")
    func plain() throws {
        let vault = MessageVault(key: nil)
        let stored = vault.store(message)
        #expect(!stored.headers.contains("\\u0000"))
        let restored = try vault.restore(stored)
        #expect(restored.body == message.body)
        #expect(restored.headers["odd"] == "a\u{FFFD}b")
    }

    @Test("times are stored in seconds since 1970, as to_timestamp takes them, and come back")
    func times() throws {
        let vault = MessageVault(key: nil)
        let stored = vault.store(message)
        #expect(stored.headers.contains(#""receivedAt":1790000000"#))
        #expect(stored.headers.contains(#""timestamp":1789999999"#))
        let restored = try vault.restore(stored)
        #expect(restored.receivedAt == message.receivedAt)
        #expect(restored.timestamp == message.timestamp)
    }

    @Test("under a key the body is unreadable, and only that key opens it")
    func encrypted() throws {
        let vault = MessageVault(key: Array(repeating: 1, count: 32))
        let stored = vault.store(message)
        #expect(!String(decoding: stored.body, as: UTF8.self).contains("s3cret"))
        #expect(!stored.headers.contains("odd"), "headers are a publisher's, too")
        #expect(try vault.restore(stored).headers == message.headers)
        #expect(try vault.restore(stored).body == message.body)
        #expect(throws: MessageVault.Failure.self) { try MessageVault(key: nil).restore(stored) }
        #expect(throws: MessageVault.Failure.self) {
            try MessageVault(key: Array(repeating: 2, count: 32)).restore(stored)
        }
    }

    @Test("a body stored before a key was set still opens")
    func keyAddedLater() throws {
        let stored = MessageVault(key: nil).store(message)
        #expect(try MessageVault(key: Array(repeating: 1, count: 32)).restore(stored).body == message.body)
    }
}

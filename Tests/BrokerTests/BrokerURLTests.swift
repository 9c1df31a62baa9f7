import Testing

@testable import Broker

@Suite("BrokerURL")
struct BrokerURLTests {
    @Test(
        "what is written is what is connected to",
        arguments: [
            ("amqp://", nil), ("amqp://h", BrokerNode(host: "h")), ("AMQP://h:1", BrokerNode(host: "h", port: 1)),
            ("amqps://h", BrokerNode(host: "h", port: 5671, isEncrypted: true)),
            ("amqp://h/", BrokerNode(host: "h")), ("amqp://h/%2F", BrokerNode(host: "h")),
            ("amqp://h/prod", BrokerNode(host: "h", virtualHost: "prod")),
            ("amqp://h/a%2Fb%20c", BrokerNode(host: "h", virtualHost: "a/b c")),
            (
                "amqp://us%40er:p%3A%2F%25%2C@h:5673/v",
                BrokerNode(
                    host: "h",
                    port: 5673,
                    virtualHost: "v",
                    username: "us@er",
                    password: BrokerPassword("p:/%,")
                )
            ),
            ("amqp://u:@h", BrokerNode(host: "h", username: "u", password: BrokerPassword(""))),
            ("amqp://u:a:b@h", BrokerNode(host: "h", username: "u", password: BrokerPassword("a:b"))),
            ("amqp://[::1]:5673/x", BrokerNode(host: "::1", port: 5673, virtualHost: "x")),
            ("amqp://[fe80::1]", BrokerNode(host: "fe80::1")),
        ] as [(String, BrokerNode?)]
    )
    func single(url: String, node: BrokerNode?) throws {
        guard let node else {
            #expect(throws: BrokerError.self) { try BrokerURL.nodes(in: url) }
            return
        }
        #expect(try BrokerURL.nodes(in: url) == [node])
    }

    @Test("several, with commas and spaces: all, in order")
    func several() throws {
        let nodes = try BrokerURL.nodes(in: "amqp://u:p@a/v, amqps://u:p@b:9/v ,amqp://c")
        #expect(nodes.map(\.description) == ["amqp://a:5672", "amqps://b:9", "amqp://c:5672"])
    }

    @Test(
        "what cannot be right: an error that names the part, never the password",
        arguments: [
            ("", "is empty"), ("amqp://u:secret@a,", "number 2 of 2"), ("http://u:secret@h", "amqp://"),
            ("h:5672", "amqp://"), ("amqp://u:secret@", "names no host"), ("amqp://u:secret@h:0", "port"),
            ("amqp://u:secret@h:65536", "port"), ("amqp://u:secret@h:12x", "port"), ("amqp://u:secret@::1", "brackets"),
            ("amqp://u:secret@[::1", "]"), ("amqp://u:secret@[::1]x", "]"), ("amqp://u:secret@h/a/b", "%2F"),
            ("amqp://u:secret%zz@h", "password"), ("amqp://u:secret%0@h", "password"), ("amqp://u:secret%00@h", "NUL"),
            ("amqp://u:secret%ff@h", "UTF-8"), ("amqp://u:sec@ret@h", "%40"), ("amqp://u:secret@h?heartbeat=3", "?"),
            ("amqp://u:secret,more@h", "comma"),
        ]
    )
    func wrong(url: String, part: String) {
        let error = #expect(throws: BrokerError.self) { try BrokerURL.nodes(in: url) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("secret") == false)
    }

    @Test("a password shows in no text of a node")
    func secrecy() throws {
        let node = try #require(try BrokerURL.nodes(in: "amqp://user:hunter2@h").first)
        var dumped = ""
        dump(node, to: &dumped)
        for text in ["\(node)", String(reflecting: node), "\(node.password)", dumped] {
            #expect(!text.contains("hunter2"), "\(text)")
        }
    }
}

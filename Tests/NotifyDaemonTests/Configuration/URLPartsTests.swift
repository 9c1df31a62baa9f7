import Testing

@testable import NotifyDaemon

@Suite("URLs of servers")
struct URLPartsTests {
    @Test("A URL is taken apart and percent-decoded")
    func parts() throws {
        let url = try URLParts("AMQPS://us%40er:p%3Ass@host.example:5671/%2F?a=b%20c&d")
        #expect(url.scheme == "amqps")
        #expect(url.username == "us@er")
        #expect(url.password == "p:ss")
        #expect(url.hosts == [URLParts.Host(name: "host.example", port: 5671)])
        #expect(url.path == "/%2F")
        #expect(url.query == [.init(name: "a", value: "b c"), .init(name: "d", value: "")])
        #expect(url.redacted == "amqps://us%40er:***@host.example:5671/%2F?a=***&d=")
    }

    @Test("Several hosts and IPv6 addresses in brackets are understood")
    func hosts() throws {
        let url = try URLParts("postgres://a:1,[::1]:2,/n")
        #expect(url.hosts == [.init(name: "a", port: 1), .init(name: "::1", port: 2), .init(name: "", port: nil)])
        #expect(url.redacted == "postgres://a:1,[::1]:2,/n")
    }

    @Test(
        "What is no URL is refused with a reason that does not repeat it",
        arguments: [
            "", "host", "smtp://a b", "smtp://h:0", "smtp://h:65536", "smtp://h:+1", "smtp://[::1", "smtp://[x]",
            "smtp://[::1]x", "smtp://u@v@h", "smtp://h#f", "smtp://h%zz", "smtp://h%00", "smtp://h%ff", "smtp://hö",
        ]
    )
    func refused(text: String) {
        #expect(throws: InvalidValue.self) { try URLParts(text) }
    }

    @Test(
        "Loopback is 127.0.0.0/8, ::1 and localhost, and nothing that only looks like it",
        arguments: [
            ("127.0.0.1", true), ("127.255.0.3", true), ("::1", true), ("0:0:0:0:0:0:0:1", true), ("localhost", true),
            ("LOCALHOST", true), ("db.localhost", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
            ("127.0.0.1.example.com", false), ("localhost.example.com", false), ("::2", false), ("0.0.0.0", false),
            ("127.1", false), ("", false),
        ]
    )
    func loopback(host: String, isLoopback: Bool) {
        #expect(HostName.isLoopback(host) == isLoopback)
    }

    @Test(
        "Listening addresses need a host or nothing, and a port",
        arguments: [
            ("127.0.0.1:9464", "127.0.0.1", 9464), ("[::1]:80", "::1", 80), (":9464", "0.0.0.0", 9464),
            ("localhost:0", "localhost", 0),
        ]
    )
    func listen(text: String, host: String, port: Int) throws {
        #expect(try ListenAddress(text) == ListenAddress(host: host, port: port))
    }
}

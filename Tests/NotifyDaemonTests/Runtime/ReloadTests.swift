import Testing

@testable import NotifyDaemon

@Suite("Reload: what only a restart takes over")
struct ReloadTests {
    let scratch: ScratchConfiguration

    init() throws {
        scratch = try ScratchConfiguration()
    }

    private func keys(from running: String, to next: String) throws -> [String] {
        let running = try scratch.load(yaml: running)
        return Reload.keysForRestart(from: running, to: try scratch.load(yaml: next))
    }

    @Test("the same, written in another way or left to the default, is no change")
    func same() throws {
        let running = "send.timeout: 20s\nrabbitmq.prefetch: 256\nrabbitmq.declare: true\n"
        #expect(try keys(from: running, to: "send: {timeout: 20000ms}\nrabbitmq: {declare: TRUE}\n").isEmpty)
    }

    @Test("catalogue, levels, rates and delays change live")
    func live() throws {
        let next = """
            catalogue: {locale: de, timezone: Europe/Vienna}
            sms.maxSegments: 2
            log.level: debug
            retry.delays: 1s
            smtp.rate: 5
            twilio.rate: 6
            """
        #expect(try keys(from: "", to: next).isEmpty)
        #expect(try keys(from: next, to: "").isEmpty)
    }

    @Test("any other key is named, a secret and one that is no longer set too")
    func named() throws {
        let running = "parked.max: 5\nsmtp: {username: u, password: one}\nlog.format: json\n"
        let next = "parked.max: 6\nsmtp: {username: u, password: two, rate: 5}\nrabbitmq.queue: q\n"
        #expect(
            try keys(from: running, to: next) == ["log.format", "parked.max", "rabbitmq.queue", "smtp.password"]
        )
    }

    @Test("of a further provider the keys that somebody set are named, not its defaults")
    func provider() throws {
        let next = "email.providers: [smtp, backup]\nsmtp.backup: {url: 'smtp://127.0.0.1:2525', rate: 5}\n"
        #expect(try keys(from: "", to: next) == ["email.providers", "smtp.backup.url"])
    }
}

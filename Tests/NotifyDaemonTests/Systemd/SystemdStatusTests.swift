import Testing

@testable import NotifyDaemon

@Suite struct SystemdStatusTests {
    private var status = SystemdStatus(servers: ["broker": "rabbit.example:5671", "database": "db.example:5432"])

    init() {
        status.standings = ["consumer": .down, "broker": .down, "database": .down, "smtp": .up, "otlp": .unknown]
    }

    @Test("it names the servers that are waited for")
    mutating func waiting() {
        #expect(status.text == "waiting for broker rabbit.example:5671 and database db.example:5432")
        status.standings["broker"] = .up
        #expect(status.text == "waiting for database db.example:5432")
        status.standings["database"] = .up
        #expect(status.text == "starting")
    }

    @Test("once it runs it says whether it consumes, and what else does not work")
    mutating func running() {
        status.phase = .running
        for component in ["consumer", "broker", "database"] { status.standings[component] = .up }
        #expect(status.text == "consuming from broker rabbit.example:5671")
        status.standings["twilio"] = .down
        status.standings["smtp"] = .down
        #expect(status.text == "consuming from broker rabbit.example:5671; down: smtp, twilio")
        status.standings["consumer"] = .down
        #expect(status.text == "not consuming; down: smtp, twilio")
    }

    @Test("a refused reload is told until one is taken")
    mutating func refusal() {
        status.phase = .running
        status.standings["consumer"] = .up
        status.refusal = "notifyd.yaml:3: unknown key"
        #expect(status.text.hasSuffix("; reload refused, all is as before: notifyd.yaml:3: unknown key"))
        status.phase = .reloading
        #expect(status.text.hasPrefix("reloading"))
    }

    @Test("a drain says no more than that, except when it is stuck")
    mutating func draining() {
        status.phase = .draining
        status.refusal = "old"
        #expect(status.text == "draining")
        status.stuck = "the event loop has not turned for 11 s"
        #expect(status.text == "draining; stuck: the event loop has not turned for 11 s")
    }
}

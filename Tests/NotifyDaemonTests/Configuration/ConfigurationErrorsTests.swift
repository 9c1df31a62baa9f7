import FoundationEssentials
import Testing

@testable import NotifyDaemon

@Suite("Configuration: errors of names, shapes and values")
struct ConfigurationErrorsTests {
    let scratch: ScratchConfiguration

    init() throws {
        scratch = try ScratchConfiguration()
    }

    @Test("An unknown key is named with file, line and the nearest key")
    func unknownKey() throws {
        #expect(
            try scratch.problems(yaml: "rabbitmq:\n  prefetch: 1\n  prefech: 2\n")
                == ["notifyd.yaml:3: rabbitmq.prefech is not a known key; the nearest is rabbitmq.prefetch"]
        )
        #expect(
            try scratch.problems(yaml: "rabbit:\n  url: x\n").first?.hasPrefix(
                "notifyd.yaml:1: rabbit is not a known key"
            )
                == true
        )
    }

    @Test("A key of a later version is an error like any unknown one")
    func laterKey() throws {
        #expect(try scratch.problems(yaml: "rollout:\n  percent: 5\n").count == 1)
    }

    @Test("Unknown variables and credentials are named with the nearest one; values stay out")
    func unknownVariable() throws {
        #expect(
            try scratch.problems(environment: ["NOTIFYD_SMTP_PASWORD": "hunter2"])
                == ["variable NOTIFYD_SMTP_PASWORD: is not a known variable; the nearest is NOTIFYD_SMTP_PASSWORD"]
        )
        #expect(
            try scratch.problems(credentials: ["notifyd_storge_key": "hunter2"])
                == [
                    "credential credentials/notifyd_storge_key: notifyd_storge_key is not a known credential;"
                        + " the nearest is notifyd_storage_key"
                ]
        )
    }

    @Test("NOTIFYD_CONFIG, NOTIFYD_TEST_ and other services' credentials are no unknown names")
    func exemptNames() throws {
        try scratch.write("", to: "empty.yaml")
        let problems = try scratch.problems(
            credentials: ["other-service-token": "x"],
            environment: ["NOTIFYD_CONFIG": scratch.path + "/empty.yaml", "NOTIFYD_TEST_BROKER": "x"]
        )
        #expect(problems.isEmpty)
    }

    @Test(
        "A value of the wrong type or out of range is named with place, key, value and what it must be",
        arguments: [
            ("rabbitmq.prefetch", "many", "is not a whole number from 1 to 65535"),
            ("rabbitmq.prefetch", "0", "is not a whole number from 1 to 65535"),
            ("rabbitmq.prefetch", "65536", "is not a whole number from 1 to 65535"),
            ("rabbitmq.declare", "maybe", "is not true or false"),
            ("rabbitmq.declare", "tRUE", "is not true or false"),
            ("rabbitmq.queueType", "stream", "is not one of quorum, classic"),
            ("rabbitmq.heartbeat", "1500ms", "is not a duration in whole seconds from 1s to 600s"),
            ("send.timeout", "30", "a unit is missing: 30s, 30ms or 30m"),
            ("send.timeout", "1h", "is not a duration from 1s to 10m"),
            ("retry.delays", "5s,x", "is not a comma-separated list of durations"),
            ("sms.maxSegments", "0", "is not a whole number from 1 to 10"),
            ("smtp.rate", "0", "is not a number of messages a second above 0"),
            ("smtp.startTls", "yes", "is not one of require, auto, never"),
            ("smtp.url", "http://localhost", "its scheme is not smtp:// or smtps://"),
            ("smtp.url", "smtp://localhost:99999", "its port is not a number from 1 to 65535"),
            ("database.url", "mysql://localhost", "its scheme is not postgres:// or postgresql://"),
            ("database.url", "postgres://localhost/x?sslmode=on", "its sslmode is not one of disable"),
            ("database.schema", "pg_mine", "is not a name of lower-case letters"),
            ("twilio.baseUrl", "ftp://localhost", "its scheme is not https:// or http://"),
            ("email.from", "nobody", "is not an email address"),
            ("email.from", "\"a,b@ourco.example\"", "is not an email address"),
            ("links.passwordReset", "https://app.example/reset", "{token} is missing"),
            ("links.passwordReset", "\"http://app.example/{token}\"", "its scheme is not https://"),
            ("links.hosts", "https://app.example", "see the item https://app.example"),
            ("catalogue.locale", "english", "is not a locale"),
            ("catalogue.timezone", "Mars/Olympus", "is not a time zone"),
            ("http.listen", "9464", "is not an address and port"),
            ("http.listen", "\"::1:9464\"", "an IPv6 address stands in brackets"),
            ("log.level", "loud", "is not a level"),
            ("log.level", "info,broker=loud", "is not a level"),
            ("log.level", "info,brokr=debug", "is no component; known are notifyd, pipeline, broker, database"),
            ("log.format", "xml", "is not one of json, text, auto"),
            ("shutdown.drain", "1d", "is not a duration from 0s to 15m"),
            ("audit.keep", "5m", "is not a duration from 1d"),
            ("delivery.only", "somebody", "see the item somebody"),
            ("delivery.only", "+49…151", "see the item +49…151"),
            ("delivery.only", "…", "see the item …"),
        ]
    )
    func badValue(key: String, value: String, expected: String) throws {
        let problems = try scratch.problems(yaml: "\(key): \(value)\n", withSender: key != "email.from")
        #expect(problems.count == 1)
        let line = try #require(problems.first)
        #expect(line.hasPrefix("notifyd.yaml:1: \(key): "))
        #expect(line.contains(expected))
        let shown = value.replacing("\"", with: "")
        #expect(line.contains(shown))
    }

    @Test("A section given as a value, a value given as a section, and a list where none belongs are errors")
    func wrongShapes() throws {
        #expect(
            try scratch.problems(yaml: "rabbitmq: yes\n")
                == ["notifyd.yaml:1: rabbitmq is a section of keys such as rabbitmq.url, not a value"]
        )
        let section = try scratch.problems(yaml: "rabbitmq:\n  queue:\n    name: x\n")
        #expect(section.first?.hasPrefix("notifyd.yaml:2: rabbitmq.queue is a value, not a section") == true)
        let list = try scratch.problems(yaml: "rabbitmq:\n  queue: [a, b]\n")
        #expect(list.first?.hasPrefix("notifyd.yaml:2: rabbitmq.queue is not a name") == true)
    }

    @Test("What is no YAML, or no mapping, is named with its line")
    func noYAML() throws {
        let broken = try scratch.problems(yaml: "rabbitmq:\n  queue: \"x\n")
        #expect(broken.count == 1)
        #expect(broken.first?.contains("is no YAML") == true)
        #expect(
            try scratch.problems(yaml: "- a\n- b\n") == [
                "notifyd.yaml:1: must be a mapping of keys such as `rabbitmq:`"
            ]
        )
        let twice = try scratch.problems(yaml: "rabbitmq:\n  queue: a\n  queue: b\n")
        #expect(twice.first?.contains("the key queue is there twice") == true)
        #expect(
            try scratch.problems(yaml: "rabbitmq.queue: a\nrabbitmq:\n  queue: b\n")
                == ["notifyd.yaml:3: rabbitmq.queue is there twice"]
        )
    }

    @Test("Several problems are all reported at once, from every source")
    func several() throws {
        let problems = try scratch.problems(
            yaml: "rabbitmq:\n  prefech: 1\n  prefetch: many\nlog:\n  level: loud\n",
            credentials: ["notifyd_nonsense": "x"],
            environment: ["NOTIFYD_NONSENSE": "x", "NOTIFYD_SEND_TIMEOUT": "soon"],
            withSender: false
        )
        #expect(problems.count == 7)
        #expect(problems.contains { $0.hasPrefix("email.from: is required") })
    }

    @Test("A value with control or bidirectional characters is shown escaped")
    func escapedValue() throws {
        let problems = try scratch.problems(environment: ["NOTIFYD_LOG_FORMAT": "x\u{1B}[31m\u{202E}"])
        #expect(problems.first?.contains("\\u{1B}[31m\\u{202E}") == true)
        #expect(problems.first?.unicodeScalars.contains("\u{1B}") == false)
    }
}

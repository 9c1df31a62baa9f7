import Logging
import Testing

@testable import Telemetry

@Suite struct LogLevelsTests {
    @Test("one level is for all components")
    func one() throws {
        let levels = try LogLevels(parsing: "warning")
        #expect(levels["broker"] == .warning)
        #expect(levels == LogLevels(.warning))
    }

    @Test("named components have their own level, the others the standard one, in any order")
    func byComponent() throws {
        for text in ["notice,broker=debug,otlp=error", " broker=debug , otlp = error,notice"] {
            let levels = try LogLevels(parsing: text)
            #expect(levels["broker"] == .debug)
            #expect(levels["otlp"] == .error)
            #expect(levels["smtp"] == .notice)
            #expect(levels.description == "notice,broker=debug,otlp=error")
        }
    }

    @Test("without a standard level it is info")
    func standard() throws {
        #expect(try LogLevels(parsing: "broker=trace") == LogLevels(.info, byComponent: ["broker": .trace]))
    }

    @Test(
        "what is wrong is named with what would be right",
        arguments: [
            (
                "loud",
                "\"loud\" is no log level; known are trace, debug, info, notice, warning, error, critical"
            ),
            (
                "info,broker=x\u{7}",
                "\"x\\u{7}\" is no log level; known are trace, debug, info, notice, warning, error, critical"
            ),
            ("info,brocker=debug", "\"brocker\" is no component; known are broker, database"),
            ("info,=debug", "\"\" is no component"),
            ("info,debug", "\"debug\": a level was given before"),
            ("broker=info,broker=debug", "\"broker\": a level was given before"),
            ("", "\"\" is no log level; known are trace, debug, info, notice, warning, error, critical"),
            ("info,", "\"\" is no log level; known are trace, debug, info, notice, warning, error, critical"),
        ]
    )
    func wrong(text: String, message: String) {
        let error = #expect(throws: LogLevelsError.self) {
            try LogLevels(parsing: text, components: ["broker", "database"])
        }
        #expect(error?.description == message)
    }
}

import FoundationEssentials

/// The real servers the integration suites run against, as the harness names them in the environment.
public enum TestServers {
    public static var databaseURL: String? { variable("NOTIFYD_TEST_DATABASE_URL") }
    public static var brokerURL: String? { variable("NOTIFYD_TEST_AMQP_URL") }

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

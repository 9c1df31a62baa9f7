import Broker

/// What the configuration needs of the machine it runs on: for `run`, and for `check` on the same machine.
struct MachineChecks: Equatable {
    /// Ends `run` with status 78.
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var warnings: [String] = []

    /// Beside what each provider's connection takes: logs, lanes, probes and their readers, the broker, Dispatch.
    private static let otherDescriptors = 128

    /// A connection's descriptor is watched by a duplicate of it.
    static func neededDescriptors(_ configuration: NotifydConfiguration) -> Int {
        configuration.maximumTransfers * 2 + otherDescriptors
    }

    init(_ loaded: LoadedConfiguration, _ limits: MachineLimits) {
        checkMemory(loaded, limits)
        checkDescriptors(loaded, limits)
    }

    /// The bodies alone, each as large as one may be. The default is nobody's mistake, so a small machine gets no more than a
    /// warning for it.
    private mutating func checkMemory(_ loaded: LoadedConfiguration, _ limits: MachineLimits) {
        let prefetch = loaded.configuration.rabbitmq.prefetch
        let (needed, isBeyond) = prefetch.multipliedReportingOverflow(by: BrokerConfiguration.standardBodyLimit)
        let fitting = limits.memory / 2 / BrokerConfiguration.standardBodyLimit
        guard isBeyond || prefetch > fitting else { return }
        let standard = ConfigurationKeys()["rabbitmq.prefetch"]?.defaultText.flatMap { Int($0) } ?? 0
        let message =
            "rabbitmq.prefetch: \(prefetch) events of up to 1 MiB may take \(Self.text(needed)) of"
            + " \(Self.text(limits.memory)) memory; lower it to \(max(1, fitting)), or allow more memory"
        if prefetch > standard, isBeyond || needed > limits.memory {
            problems.append(Self.problem(loaded, "rabbitmq.prefetch", message))
        } else {
            warnings.append(message)
        }
    }

    private mutating func checkDescriptors(_ loaded: LoadedConfiguration, _ limits: MachineLimits) {
        let needed = Self.neededDescriptors(loaded.configuration)
        guard needed > limits.descriptors else { return }
        problems.append(
            Self.problem(
                loaded,
                "smtp.connections",
                "smtp.connections: with all of them \(needed) files may be open, the limit is \(limits.descriptors);"
                    + " raise it (LimitNOFILE=, ulimit -Hn) or lower smtp.connections"
            )
        )
    }

    /// Where the key was set stands before the message.
    private static func problem(_ loaded: LoadedConfiguration, _ key: String, _ message: String) -> ConfigurationProblem
    {
        let source = loaded.settings.first { $0.name == key && $0.isSet }?.source
        return ConfigurationProblem(origin: nil, message: source.map { "\($0): \(message)" } ?? message)
    }

    private static func text(_ bytes: Int) -> String {
        "\((bytes + (1 << 20) - 1) >> 20) MiB"
    }
}

import DomainEvents
import FoundationEssentials
import Metrics

extension DaemonMetrics {
    // MARK: Providers

    /// The configured providers, once at the start: up, and nothing sent.
    func expect(providers: [String]) {
        for provider in providers {
            _ = (sendDuration[provider], dnsDuration[provider])
            self.provider(provider, isUp: true)
        }
    }

    /// One send ended.
    ///
    /// - Parameters:
    ///   - total: of the whole send.
    ///   - dns: of the look-up alone; zero when there was none, which is not counted.
    ///   - failure: why the provider did not do its work; nil when it did, or turned down this one recipient or message.
    func sent(provider: String, total: Duration, dns: Duration, failure: ErrorCode? = nil) {
        sendDuration[provider].record(duration: total)
        if dns > .zero { dnsDuration[provider].record(duration: dns) }
        if let failure { sendFailures[FailureLabels(provider: provider, reason: ReasonLabel(failure))].increment() }
    }

    /// - Parameter isUp: false while its breaker is open or tries a probe.
    func provider(_ name: String, isUp: Bool) {
        providerUp[name].record(isUp ? 1 : 0)
    }

    // MARK: The program

    /// - Parameter name: as in the log: `broker`, `database`, `smtp`, `twilio`, `otlp`, `http`.
    func component(_ name: String, isUp: Bool) {
        componentUp[name].record(isUp ? 1 : 0)
    }

    /// Whether events are taken from the queue, by the rule of `/readyz`.
    func consuming(_ isConsuming: Bool) {
        self.isConsuming.record(isConsuming ? 1 : 0)
    }

    /// A reload ended.
    func reloaded(isTaken: Bool, at time: Date) {
        reloadSuccessful.record(isTaken ? 1 : 0)
        if isTaken { reloadTime.record(time.timeIntervalSince1970) }
    }
}

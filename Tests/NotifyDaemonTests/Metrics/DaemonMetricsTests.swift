import DomainEvents
import FoundationEssentials
import NotificationLog
import Pipeline
import Telemetry
import Testing

@testable import NotifyDaemon

@Suite("What the daemon counts") struct DaemonMetricsTests {
    private let backend = PrometheusMetrics(MetricTable.all)

    private func metrics() -> DaemonMetrics {
        let metrics = DaemonMetrics(
            factory: backend,
            exchange: "domain-events",
            queue: "notifications.events",
            startedAt: Date(timeIntervalSince1970: 1_700_000_000)
        )
        metrics.use(["payment.completed": [.email, .sms], "user.signup": [.email]])
        return metrics
    }

    private func value(_ series: String) -> String? {
        backend.render().split(separator: "\n").first { $0.hasPrefix("\(series) ") }
            .map { String($0.dropFirst(series.count + 1)) }
    }

    private func notification(_ type: String, _ channel: String, _ outcome: String) -> String? {
        value("notifyd_notifications_total{event_type=\"\(type)\",channel=\"\(channel)\",outcome=\"\(outcome)\"}")
    }

    @Test("a settled notification counts under its type, channel and outcome")
    func settled() {
        let metrics = metrics()
        metrics.settled(eventType: "payment.completed", channel: .channel(.sms), outcome: .sent)
        metrics.settled(eventType: "payment.completed", channel: .channel(.sms), outcome: .sent)
        metrics.settled(eventType: "user.signup", channel: .none, outcome: .rejected)
        #expect(notification("payment.completed", "sms", "sent") == "2")
        #expect(notification("user.signup", "none", "rejected") == "1")
    }

    @Test("outcomes that can come are there from the start, at 0; those that cannot are not")
    func expected() {
        _ = metrics()
        #expect(notification("payment.completed", "email", "failed") == "0")
        #expect(notification("other", "none", "rejected") == "0")
        #expect(notification("user.signup", "sms", "sent") == nil)
        #expect(value("notifyd_dead_lettered_total{channel=\"email\",reason=\"smtp.5xx\"}") == "0")
        #expect(value("notifyd_retries_total{channel=\"sms\",reason=\"failover\"}") == "0")
        #expect(value("notifyd_duplicates_total{channel=\"none\",reason=\"claimed_elsewhere\"}") == "0")
    }

    @Test("a type that the catalogue does not have is other, however many there are, until a reload brings it")
    func types() {
        let metrics = metrics()
        for number in 0..<5_000 {
            metrics.settled(eventType: "hostile.\(number)\"\n", channel: .none, outcome: .rejected)
        }
        #expect(notification("other", "none", "rejected") == "5000")
        #expect(!backend.render().contains("hostile"))
        metrics.use(["hostile.1": [.email]])
        metrics.settled(eventType: "hostile.1", channel: .channel(.email), outcome: .sent)
        metrics.settled(eventType: "user.signup", channel: .channel(.email), outcome: .sent)
        #expect(notification("hostile.1", "email", "sent") == "1")
        #expect(notification("other", "email", "sent") == "1")
    }

    @Test("retries, failovers, dead letters and duplicates count under bounded reasons")
    func reasons() {
        let metrics = metrics()
        metrics.retried(channel: .channel(.email), reason: .smtp(451))
        metrics.failedOver(channel: .email)
        metrics.deadLettered(channel: .none, reason: .jsonInvalid)
        metrics.duplicate(channel: .channel(.email), reason: .settled)
        #expect(value("notifyd_retries_total{channel=\"email\",reason=\"smtp.4xx\"}") == "1")
        #expect(value("notifyd_retries_total{channel=\"email\",reason=\"failover\"}") == "1")
        #expect(value("notifyd_dead_lettered_total{channel=\"none\",reason=\"json.invalid\"}") == "1")
        #expect(value("notifyd_duplicates_total{channel=\"email\",reason=\"settled\"}") == "1")
    }

    @Test("a send counts its time, its look-up where there was one, and its failure")
    func sends() {
        let metrics = metrics()
        metrics.expect(providers: ["smtp"])
        #expect(value("notifyd_send_duration_seconds_count{provider=\"smtp\"}") == "0")
        metrics.sent(provider: "smtp", total: .milliseconds(300), dns: .milliseconds(40))
        metrics.sent(provider: "smtp", total: .milliseconds(20), dns: .zero, failure: .smtpConnect)
        #expect(value("notifyd_send_duration_seconds_count{provider=\"smtp\"}") == "2")
        #expect(value("notifyd_send_duration_seconds_sum{provider=\"smtp\"}") == "0.32")
        #expect(value("notifyd_dns_duration_seconds_count{provider=\"smtp\"}") == "1")
        #expect(value("notifyd_dns_duration_seconds_bucket{provider=\"smtp\",le=\"0.05\"}") == "1")
        #expect(value("notifyd_send_failures_total{provider=\"smtp\",reason=\"smtp.connect\"}") == "1")
    }

    @Test("providers are up until their breaker opens; components are what they were last said to be")
    func upAndDown() {
        let metrics = metrics()
        metrics.expect(providers: ["smtp"])
        #expect(value("notifyd_provider_up{provider=\"smtp\"}") == "1")
        metrics.provider("smtp", isUp: false)
        metrics.component("broker", isUp: true)
        #expect(value("notifyd_provider_up{provider=\"smtp\"}") == "0")
        #expect(value("notifyd_component_up{component=\"broker\"}") == "1")
        #expect(value("notifyd_consuming") == "0")
        metrics.consuming(true)
        metrics.inFlight(3)
        #expect(value("notifyd_consuming") == "1")
        #expect(value("notifyd_in_flight") == "3")
    }

    @Test("a backlog that was not counted yet is not shown; an empty one has no oldest time")
    func backlog() {
        let metrics = metrics()
        #expect(value("notifyd_dead_letters") == nil)
        metrics.backlog(Backlog())
        #expect(value("notifyd_dead_letters") == "0")
        #expect(value("notifyd_dead_letters_oldest_timestamp_seconds") == "NaN")
        var backlog = Backlog()
        backlog.parked = Backlog.Pile(count: 7, oldest: Date(timeIntervalSince1970: 1_700_000_000))
        backlog.uncertain = Backlog.Pile(count: 2, oldest: Date(timeIntervalSince1970: 1_700_000_100))
        metrics.backlog(backlog)
        #expect(value("notifyd_parked_notifications") == "7")
        #expect(value("notifyd_parked_notifications_oldest_timestamp_seconds") == "1700000000")
        #expect(value("notifyd_uncertain_notifications") == "2")
        #expect(value("notifyd_uncertain_notifications_oldest_timestamp_seconds") == "1700000100")
        metrics.backlog(Backlog())
        #expect(value("notifyd_parked_notifications_oldest_timestamp_seconds") == "NaN")
    }

    @Test("a backlog that is quickly counted is counted every second, a dear one takes a twentieth of the time at most")
    func pace() {
        #expect(BacklogGauges.pause(after: .milliseconds(9)) == .seconds(1))
        #expect(BacklogGauges.pause(after: .seconds(3)) == .seconds(60))
    }

    @Test("a refused reload is shown, and the time stays that of the configuration in force")
    func reloads() {
        let metrics = metrics()
        #expect(value("notifyd_config_last_reload_successful") == "1")
        metrics.reloaded(isTaken: false, at: Date(timeIntervalSince1970: 1_700_000_500))
        #expect(value("notifyd_config_last_reload_successful") == "0")
        #expect(value("notifyd_config_last_reload_success_timestamp_seconds") == "1700000000")
        metrics.reloaded(isTaken: true, at: Date(timeIntervalSince1970: 1_700_000_600))
        #expect(value("notifyd_config_last_reload_successful") == "1")
        #expect(value("notifyd_config_last_reload_success_timestamp_seconds") == "1700000600")
    }

    @Test("messages count under OpenTelemetry's names, with the destination as the spans name it")
    func messaging() {
        let metrics = metrics()
        metrics.consumed(eventType: "user.signup")
        metrics.processed(eventType: "user.signup", took: .milliseconds(60))
        metrics.processed(eventType: "nobody.knows", took: .seconds(20), error: .typeUnknown)
        metrics.settled(.ack, count: 2, took: .milliseconds(1))
        let process = """
            messaging_system="rabbitmq",messaging_operation_name="process",messaging_operation_type="process",\
            messaging_destination_name="domain-events:
            """
        #expect(
            value("messaging_client_consumed_messages_total{\(process)user.signup:notifications.events\"}") == "1"
        )
        let taken = "\(process)user.signup:notifications.events\""
        #expect(value("messaging_process_duration_seconds_bucket{\(taken),le=\"0.075\"}") == "1")
        let failed = "\(process)other:notifications.events\",error_type=\"type.unknown\""
        #expect(value("messaging_process_duration_seconds_bucket{\(failed),le=\"10\"}") == "0")
        #expect(value("messaging_process_duration_seconds_count{\(failed)}") == "1")
        #expect(backend.render().contains("messaging_operation_name=\"ack\",messaging_operation_type=\"settle\""))
    }

    @Test("the build says its version, and every metric of the table is described once")
    func table() {
        metrics().backlog(Backlog())
        let text = backend.render()
        #expect(text.contains("notifyd_build_info{version=\"\(NotifydVersion.current)\",swift=\"6."))
        let names = MetricTable.all.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names where !name.contains("send_") && !name.contains("dns_") && !name.contains("_up") {
            #expect(text.contains("# TYPE \(name) ") || name.hasPrefix("messaging_"), "\(name) is there from the start")
        }
    }
}

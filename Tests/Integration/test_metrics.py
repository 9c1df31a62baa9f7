"""/metrics of the running daemon: the contract's names and labels (section 13), and what they say after known events."""

import signal
import subprocess
import time

import pytest

from harness import ROOT
from harness.ports import free_port
from helpers.events import payment, signup, unique
from helpers.exposition import scrape
from helpers.waiting import eventually

# name: type, labels
CONTRACT = {
    "notifyd_notifications_total": ("counter", {"event_type", "channel", "outcome"}),
    "notifyd_notification_duration_seconds": ("histogram", {"channel"}),
    "notifyd_send_duration_seconds": ("histogram", {"provider"}),
    "notifyd_dns_duration_seconds": ("histogram", {"provider"}),
    "notifyd_retries_total": ("counter", {"channel", "reason"}),
    "notifyd_dead_lettered_total": ("counter", {"channel", "reason"}),
    "notifyd_duplicates_total": ("counter", {"channel", "reason"}),
    "notifyd_in_flight": ("gauge", set()),
    "notifyd_parked_notifications": ("gauge", set()),
    "notifyd_parked_notifications_oldest_timestamp_seconds": ("gauge", set()),
    "notifyd_uncertain_notifications": ("gauge", set()),
    "notifyd_uncertain_notifications_oldest_timestamp_seconds": ("gauge", set()),
    "notifyd_dead_letters": ("gauge", set()),
    "notifyd_dead_letters_oldest_timestamp_seconds": ("gauge", set()),
    "notifyd_component_up": ("gauge", {"component"}),
    "notifyd_provider_up": ("gauge", {"provider"}),
    "notifyd_spans_exported_total": ("counter", set()),
    "notifyd_spans_dropped_total": ("counter", set()),
    "notifyd_config_last_reload_successful": ("gauge", set()),
    "notifyd_config_last_reload_success_timestamp_seconds": ("gauge", set()),
    "notifyd_build_info": ("gauge", {"version", "swift"}),
    "process_cpu_seconds_total": ("counter", set()),
    "process_resident_memory_bytes": ("gauge", set()),
    "process_start_time_seconds": ("gauge", set()),
    "process_open_fds": ("gauge", set()),
    "process_max_fds": ("gauge", set()),
}
# Beyond the contract.
FURTHER = {
    "notifyd_consuming": ("gauge", set()),
    "messaging_client_consumed_messages_total": (
        "counter",
        {"messaging_system", "messaging_operation_name", "messaging_operation_type", "messaging_destination_name"},
    ),
    "messaging_process_duration_seconds": (
        "histogram",
        {"messaging_system", "messaging_operation_name", "messaging_operation_type", "messaging_destination_name"},
    ),
}
BUILT_IN = {"payment.completed", "payment.failed", "user.signup", "user.password-reset"}


@pytest.fixture
def address():
    return f"127.0.0.1:{free_port()}"


def says(address, name, value, within=20, **labels):
    """Waits until that sample has that value."""
    eventually(lambda: scrape(address).value(name, **labels) == value,
               lambda: f"{name} {labels} is {value}; it is {scrape(address).series(name)}", within=within)


def settled(address, event_type, channel, outcome, count):
    says(address, "notifyd_notifications_total", count, event_type=event_type, channel=channel, outcome=outcome)


def counted(address):
    """Waits until the backlog was counted for the first time: before that it is not shown."""
    return eventually(lambda: (found := scrape(address)).value("notifyd_dead_letters") is not None and found,
                      "the backlog is shown")


def test_every_metric_of_the_contract_is_there_with_its_type_and_labels_and_promtool_is_content(world, address):
    world.start({"http.listen": address})
    world.settled(world.publish("user.signup", signup()), "sent")
    settled(address, "user.signup", "email", "sent", 1)
    eventually(lambda: scrape(address).total("messaging_process_duration_seconds_count") == 1, "it was acknowledged")
    metrics = counted(address)
    for name, (kind, labels) in {**CONTRACT, **FURTHER}.items():
        assert metrics.types.get(name) == kind, name
        sample = f"{name}_count" if kind == "histogram" else name
        assert metrics.series(sample), f"{name} has a sample"
        assert all(set(each) == labels for each, _ in metrics.series(sample)), f"{name} has the labels {labels}"
    page = (ROOT / "docs/monitoring.md").read_text()
    assert [name for name in metrics.types if f"`{name}`" not in page] == [], "explained for people"
    checked = subprocess.run(["promtool", "check", "metrics"], input=metrics.text, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_outcomes_and_reasons_that_can_come_are_0_from_the_start(world, address):
    world.start({"http.listen": address})
    metrics = scrape(address)
    for event_type in BUILT_IN:
        for outcome in ("sent", "retrying", "failed", "expired", "suppressed", "uncertain", "paused"):
            labels = {"event_type": event_type, "channel": "email", "outcome": outcome}
            assert metrics.value("notifyd_notifications_total", **labels) == 0, labels
        assert metrics.value("notifyd_notifications_total", event_type=event_type, channel="none",
                             outcome="rejected") == 0
    assert metrics.value("notifyd_dead_lettered_total", channel="email", reason="smtp.5xx") == 0
    assert metrics.value("notifyd_send_duration_seconds_count", provider="smtp") == 0
    assert metrics.value("notifyd_provider_up", provider="smtp") == 1
    assert metrics.value("notifyd_spans_dropped_total") == 0


def test_a_known_set_of_events_is_counted_exactly(world, address):
    world.start({"http.listen": address, "retry.delays": "200ms,200ms"})
    world.smtp.answer("rcpt", "450 4.2.0 mailbox busy", times=1, recipient="again@example.com")
    world.smtp.answer("rcpt", "550 5.1.1 unknown", recipient="gone@example.com")
    sent = [world.publish("payment.completed", payment("u1", email="a@example.com")) for _ in range(3)]
    again = world.publish("payment.completed", payment("u1", email="again@example.com"))
    gone = world.publish("payment.completed", payment("u1", email="gone@example.com"))
    poison = world.publish_raw("payment.completed", b"{")
    for event_id in (*sent, again):
        world.settled(event_id, "sent")
    world.settled(gone, "failed")
    world.settled(poison, "rejected")
    copied = payment("u1", email="a@example.com")
    copy = world.publish("payment.completed", copied)
    world.settled(copy, "sent")
    world.publish("payment.completed", copied, message_id=copy)

    settled(address, "payment.completed", "email", "sent", 5)
    settled(address, "payment.completed", "email", "retrying", 1)
    settled(address, "payment.completed", "email", "failed", 1)
    settled(address, "payment.completed", "none", "rejected", 1)
    eventually(lambda: scrape(address).total("notifyd_duplicates_total", reason="settled") == 1, "one duplicate")
    says(address, "notifyd_retries_total", 1, channel="email", reason="smtp.4xx")
    says(address, "notifyd_dead_lettered_total", 1, channel="email", reason="smtp.5xx")
    says(address, "notifyd_dead_lettered_total", 1, channel="none", reason="json.invalid")
    world.wait_until_all_is_acked()
    says(address, "notifyd_in_flight", 0)

    metrics = scrape(address)
    assert metrics.total("notifyd_notifications_total") == 8
    assert metrics.total("notifyd_retries_total") == 1
    assert metrics.total("notifyd_dead_lettered_total") == 2
    assert metrics.total("notifyd_duplicates_total") == 1
    assert metrics.value("notifyd_send_duration_seconds_count", provider="smtp") == 7, "5 sent, 1 busy, 1 unknown"
    assert metrics.value("notifyd_send_duration_seconds_sum", provider="smtp") > 0
    assert (metrics.value("notifyd_dns_duration_seconds_count", provider="smtp")
            <= metrics.value("notifyd_send_duration_seconds_count", provider="smtp"))
    assert metrics.total("notifyd_notification_duration_seconds_count", channel="email") == 7
    assert metrics.total("messaging_client_consumed_messages_total") == 8, "one of them twice"
    assert metrics.total("messaging_process_duration_seconds_count") == 8


def test_hostile_event_types_make_no_label_and_no_series(world, address):
    world.start({"http.listen": address})
    world.bind("#")
    before = len(scrape(address).samples)
    hostile = ['quote".' + unique("t"), "back\\slash", "line\nfeed", "other", "ünïcode.\u202e", "x" * 200]
    hostile += [f"scan.{number}" for number in range(1_100)]
    for routing_key in hostile:
        world.publish_raw(routing_key, b"not json")
    says(address, "notifyd_notifications_total", len(hostile), within=90, event_type="other", channel="none",
         outcome="rejected")
    metrics = scrape(address)
    assert metrics.values_of("notifyd_notifications_total", "event_type") == BUILT_IN | {"other"}
    destinations = metrics.values_of("messaging_client_consumed_messages_total", "messaging_destination_name")
    assert destinations <= {f"{world.exchange}:{each}:{world.queue}" for each in BUILT_IN | {"other"}}
    assert len(metrics.samples) < before + 60, "some histograms of `other`, and that is all"


def test_the_backlog_is_told_with_the_time_of_its_oldest(world, address):
    world.start({"http.listen": address, "retry.delays": "1h"})
    world.smtp.answer("rcpt", "450 4.2.0 mailbox busy", recipient="full@example.com")
    began = time.time()
    world.settled(world.publish("payment.completed", payment("u1", email="full@example.com")), "retrying")
    world.settled(world.publish_raw("payment.completed", b"{"), "rejected")
    says(address, "notifyd_parked_notifications", 1, within=60)
    says(address, "notifyd_dead_letters", 1, within=60)
    metrics = scrape(address)
    for name in ("notifyd_parked_notifications", "notifyd_dead_letters"):
        assert began - 5 < metrics.value(f"{name}_oldest_timestamp_seconds") < time.time() + 5
    assert metrics.value("notifyd_uncertain_notifications") == 0
    oldest = metrics.value("notifyd_uncertain_notifications_oldest_timestamp_seconds")
    assert oldest != oldest, "not a number, where there is none"


def test_a_provider_that_refuses_us_is_down_until_it_takes_a_probe(world, address):
    world.start({"http.listen": address})
    world.smtp.answer("mail", "550 5.7.1 sender not allowed")
    event_id = world.publish("payment.completed", payment("u1", email="a@example.com"))
    says(address, "notifyd_provider_up", 0, provider="smtp")
    eventually(lambda: scrape(address).value("notifyd_send_failures_total", provider="smtp", reason="smtp.5xx"),
               "its failures are counted")
    world.smtp.answer("mail", None)
    world.settled(event_id, "sent", within=60)
    says(address, "notifyd_provider_up", 1, provider="smtp")


def test_a_server_that_is_away_is_down_and_so_is_consuming(world, address):
    world.start({"http.listen": address})
    says(address, "notifyd_component_up", 1, component="broker")
    says(address, "notifyd_component_up", 1, component="database")
    says(address, "notifyd_consuming", 1)
    world.postgres.stop()
    try:
        says(address, "notifyd_component_up", 0, component="database")
        says(address, "notifyd_consuming", 0)
    finally:
        world.postgres.start()
    says(address, "notifyd_component_up", 1, component="database", within=60)
    says(address, "notifyd_consuming", 1, within=60)


def test_a_refused_reload_is_told_and_a_reload_that_is_taken_brings_its_types(world, catalogue, address):
    world.start({"http.listen": address, "catalogue.path": catalogue})
    first = scrape(address)
    assert first.value("notifyd_config_last_reload_successful") == 1
    folder = catalogue / "order.shipped"
    (folder / "samples").mkdir(parents=True)
    (folder / "notification.yaml").write_text("descriptoin: wrong\n")
    world.daemon.send_signal(signal.SIGHUP)
    says(address, "notifyd_config_last_reload_successful", 0)
    taken = "notifyd_config_last_reload_success_timestamp_seconds"
    assert scrape(address).value(taken) == first.value(taken)
    (folder / "notification.yaml").write_text(
        "description: x\ncategory: transactional\nchannels: [email]\nfields: {orderId: id, userId: id}\n")
    (folder / "email.en.md").write_text('---\nsubject: "Order {{orderId}}"\n---\nOn its way.\n')
    (folder / "samples/default.json").write_text('{"orderId": "o1", "userId": "u1", "email": "a@example.com"}')
    world.daemon.send_signal(signal.SIGHUP)
    says(address, "notifyd_config_last_reload_successful", 1)
    settled(address, "order.shipped", "email", "sent", 0)
    assert scrape(address).value(taken) >= first.value(taken)


def test_the_process_tells_its_own_figures(world, address):
    world.start({"http.listen": address})
    metrics = scrape(address)
    assert abs(metrics.value("process_start_time_seconds") - time.time()) < 120
    assert 1e6 < metrics.value("process_resident_memory_bytes") < 1e9
    assert 5 < metrics.value("process_open_fds") < metrics.value("process_max_fds")
    assert 0 < metrics.value("process_cpu_seconds_total") < 60

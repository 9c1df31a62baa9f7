"""The event that crashes the program is found and set aside, and takes nobody along (contract section 5)."""

import collections
import signal

import pytest

from helpers.events import payment, unique
from helpers.holds import email_events, expire_leases, ids
from helpers.waiting import eventually

# The shortest lease: a claim may commit just after its owner's death, and then its time has to pass.
SHORT = {"send.timeout": "1s", "claim.lease": "12s"}


class Supervisor:
    """Starts the daemon again whenever it crashes, as systemd does, and counts that; `expires`: long after each crash."""

    def __init__(self, world, settings, environment, expires=False):
        self.world, self.expires = world, expires
        self.daemon = world.prepare(settings, environment)
        self.crashes = 0
        self.daemon.start(until=None)

    def look(self):
        code = self.daemon.process.exit_code
        if code is None:
            return
        assert code == -signal.SIGKILL, f"it ended with {code}\n{self.daemon.tail()}"
        self.crashes += 1
        assert self.crashes <= 5, "the event is not found"
        if self.expires:
            expire_leases(self.world)
        self.daemon.start(until=None)

    def until(self, probe, what, within=60):
        def supervised():
            self.look()
            return probe()

        def told():
            return f"{what}; {self.crashes} crashes, {self.world.audit.statuses()}\n{self.daemon.tail()}"

        return eventually(supervised, told, within=within)


def mailed(world):
    crossed = [*world.smtp.messages, *world.smtp.refused]
    return collections.Counter(mail.message["Notifyd-Event-ID"] for mail in crossed)


def check_set_aside(world, event_id):
    """One row and one dead letter, both without a channel."""
    [row] = world.audit.log(event_id=event_id)
    assert (row["status"], row["error_code"], row["channel"]) == ("failed", "claims.exhausted", "none")
    [dead] = world.audit.dead_letters()
    assert (dead["event_id"], dead["channel"]) == (event_id, "none")
    assert (dead["reason"], dead["error_code"]) == ("failed", "claims.exhausted")
    assert dead["notification_id"] == row["id"] and len(dead["body"]) > 0


@pytest.mark.parametrize("queue_type", ["quorum", "classic"])
def test_an_event_that_crashes_the_program_before_its_claim_is_set_aside(world, queue_type):
    settings = {**SHORT, "rabbitmq.queueType": queue_type}
    world.start(settings)
    world.daemon.stop()
    culprit = unique("evt")
    before, after = email_events(15), email_events(15)
    crash = ("payment.completed", payment("u1", email="culprit@example.com"), culprit)
    world.publish_many([*before, crash, *after])
    supervisor = Supervisor(world, settings, {"CRASH_AT": "receive", "CRASH_EVENT": culprit})
    supervisor.until(lambda: world.audit.row(culprit), "the culprit's row")
    assert 2 <= supervisor.crashes <= 5
    supervisor.until(lambda: world.audit.statuses() == {"sent": 30, "failed": 1}, "its neighbours arrive")
    check_set_aside(world, culprit)
    world.wait_until_all_is_acked()
    sent = mailed(world)
    assert set(sent) == set(ids(before + after)), "nobody is taken along"
    for row in world.audit.log(status="sent"):
        assert sent[row["event_id"]] <= 1 + row["resend_count"], row
    eventually(lambda: world.audit.count("quarantine") == 0, "no mark is left")
    assert world.audit.count("parked") == 0
    later = email_events(3)
    world.publish_many(later)
    for event_id in ids(later):
        world.settled(event_id, "sent")


def test_a_neighbour_in_quarantine_is_sent_although_it_was_delivered_often(world):
    """Whatever the culprit had in flight beside it goes one by one, and comes through."""
    world.start()
    world.daemon.stop()
    events = email_events(10)
    world.publish_many(events)
    # Nobody's fault: three processes die before they do anything.
    for _ in range(4):
        daemon = world.prepare({}, {"CRASH_AT": "receive"})
        daemon.start(until=None)
        assert daemon.wait() == -signal.SIGKILL
    world.start()
    eventually(lambda: world.audit.statuses() == {"sent": 10}, lambda: f"all are sent: {world.audit.statuses()}")
    world.wait_until_all_is_acked()
    assert mailed(world) == dict.fromkeys(ids(events), 1)
    assert world.audit.count("notification_log", resend_count=0) == 10
    eventually(lambda: world.audit.count("quarantine") == 0, "no mark is left")


def test_an_event_that_crashes_the_program_after_its_claim_is_set_aside(world):
    world.start()
    world.daemon.stop()
    culprit = unique("evt")
    world.publish("payment.completed", payment("u1", email="culprit@example.com"), message_id=culprit)
    supervisor = Supervisor(world, SHORT, {"CRASH_AT": "last_byte", "CRASH_EVENT": culprit}, expires=True)
    neighbours = []

    def set_aside():
        if len(neighbours) < 2 * supervisor.crashes:
            neighbours.extend(email_events(2))
            world.publish_many(neighbours[-2:])
        row = world.audit.row(culprit)
        return row if row and row["status"] == "failed" else None

    supervisor.until(set_aside, "the culprit's row")
    assert 2 <= supervisor.crashes <= 5
    check_set_aside(world, culprit)
    supervisor.until(lambda: world.audit.statuses() == {"sent": len(neighbours), "failed": 1}, "its neighbours arrive")
    sent = mailed(world)
    assert set(sent) == {culprit, *ids(neighbours)}
    for row in world.audit.log():
        assert sent[row["event_id"]] <= 1 + row["resend_count"], row
    world.wait_until_all_is_acked()
    assert world.audit.count("parked") == 0

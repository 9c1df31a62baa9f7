"""A cluster of three nodes, some of which die under load: nothing is lost, nothing is sent twice."""

import pytest

from harness import Cluster, MailSink, Publisher, Workspace
from helpers.events import payment, unique
from helpers.waiting import eventually
from helpers.world import World

COUNT = 900


@pytest.fixture
def cluster():
    with Workspace() as workspace, Cluster(workspace.folder("cluster")) as cluster:
        yield cluster


@pytest.fixture
def slow_sink(folder):
    """Answers a little late, so that there is always something in flight."""
    with MailSink(folder, delay=20) as sink:
        yield sink


@pytest.fixture
def world(cluster, postgres, slow_sink, twilio, folder):
    with Publisher(cluster.url()) as publisher:
        world = World(
            broker=cluster, postgres=postgres, publisher=publisher, smtp=slow_sink, twilio=twilio, folder=folder
        )
        yield world
        world.close()


def load():
    """Emails to an address of its own each."""
    ids = [unique("evt") for _ in range(COUNT)]
    return [("payment.completed", payment(event_id, email=f"{event_id}@example.com"), event_id) for event_id in ids]


def check_each_once(world, sink, events):
    ids = [event_id for _, _, event_id in events]
    eventually(lambda: world.audit.statuses().get("sent", 0) == len(ids),
               lambda: f"{len(ids)} rows `sent`: {world.audit.statuses()}\n{world.daemon.tail()}", within=120)
    world.wait_until_all_is_acked(within=60)
    assert sorted(message["Notifyd-Event-ID"] for message in sink.messages()) == sorted(ids), "each was mailed once"
    assert world.audit.statuses() == {"sent": len(ids)}
    assert world.audit.count("notification_log", resend_count=0) == len(ids)
    assert world.audit.count("parked") == 0 and world.audit.count("dead_letter") == 0


def test_the_leader_and_then_the_daemons_own_node_die_under_load_and_come_back(world, cluster, slow_sink):
    world.start({"smtp.connections": 4})
    events = load()
    world.begin_publishing(events)

    eventually(lambda: slow_sink.count() > COUNT * 0.1, "the load to go on", within=60)
    leader = cluster.leader(world.queue)
    leader.kill()
    eventually(lambda: slow_sink.count() > COUNT * 0.4, "the load to go on without the leader", within=120)
    leader.start()

    mine = eventually(lambda: cluster.node_of("notifyd"), "the daemon is connected to a node", within=60)
    since = world.daemon.mark()
    mine.kill()
    world.daemon.wait_for("connection lost", component="broker", since=since, timeout=60)
    world.daemon.wait_for("reconnected", component="broker", since=since, timeout=60)
    eventually(lambda: slow_sink.count() > COUNT * 0.6, "the load to go on over another node", within=120)
    mine.start()

    world.publisher.wait(120)
    check_each_once(world, slow_sink, events)

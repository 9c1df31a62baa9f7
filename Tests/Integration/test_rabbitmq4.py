"""What matters most, once more against RabbitMQ 4: another major version, another set of defaults."""

import pytest

from chaos import campaign, summary
from harness import MailSink, Publisher, RabbitMQ, Workspace, rabbitmq4_root
from helpers.events import payment, signup, unique
from helpers.waiting import eventually

pytestmark = pytest.mark.skipif(
    rabbitmq4_root() is None, reason="RabbitMQ 4 is not prepared: run make rabbitmq4 (as root, as these tests)"
)
SEED = 4
COUNT = 300


def node(folder):
    return RabbitMQ(folder, root=rabbitmq4_root())


@pytest.fixture(scope="module")
def broker():
    with Workspace() as workspace, node(workspace.folder("rabbitmq4")) as broker:
        yield broker


@pytest.fixture(scope="module")
def publisher(broker):
    with Publisher(broker.url()) as publisher:
        yield publisher


@pytest.fixture
def slow_sink(folder):
    """Answers a little late, so that there is always something in flight."""
    with MailSink(folder, delay=20) as sink:
        yield sink


def load():
    ids = [unique("evt") for _ in range(COUNT)]
    return [("payment.completed", payment(event_id, email=f"{event_id}@example.com"), event_id) for event_id in ids]


def test_it_is_version_4(broker):
    assert broker.ctl("version").startswith("4.")


def test_events_become_messages_once_and_a_second_publication_changes_nothing(world):
    world.start({"sms.providers": "twilio"})
    email = ("payment.completed", payment(email="a@example.com"), unique("evt"))
    sms = ("payment.failed", payment(phone="+4915112345678"), unique("evt"))
    welcome = ("user.signup", signup(), unique("evt"))
    for _ in range(2):
        world.publish_many([email, sms, welcome])
        for _, _, event_id in (email, sms, welcome):
            world.settled(event_id, "sent")
    world.wait_until_all_is_acked()
    assert (len(world.smtp.messages), len(world.twilio.accepted)) == (2, 1)


def test_the_queues_are_declared_as_on_version_3_and_declared_again_without_complaint(world):
    for _ in range(2):
        world.start()
        assert {world.broker.queues()[name]["type"] for name in (world.queue, world.dead_queue)} == {"quorum"}
        assert world.daemon.stop() == 0


def test_poison_ends_in_dead_letter_and_the_queues_are_empty(world):
    world.start()
    event_id = world.publish_raw("payment.completed", b"{")
    good = world.publish("payment.completed", payment(email="a@example.com"))
    world.settled(event_id, "rejected")
    world.settled(good, "sent")
    eventually(lambda: len(world.audit.dead_letters(event_id=event_id)) == 1, "its dead letter")
    world.wait_until_all_is_acked()


def test_what_is_returned_again_and_again_does_not_run_into_the_limit_of_twenty(world):
    world.start({"rabbitmq.prefetch": 4})
    with world.broker.connect() as connection:
        channel = connection.channel()
        world.daemon.stop()
        event_id = world.publish("payment.completed", payment(email="a@example.com"))
        for _ in range(25):
            method = eventually(lambda: channel.basic_get(world.queue)[0], "the message")
            channel.basic_nack(method.delivery_tag, requeue=True)
    world.start()
    world.settled(event_id, "sent")


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_a_restart_under_load_loses_and_repeats_nothing(world, slow_sink, how):
    world.start({"smtp.url": slow_sink.url, "smtp.connections": 4})
    events = load()
    world.begin_publishing(events)
    eventually(lambda: slow_sink.count() > COUNT * 0.2, "the load to go on", within=30)
    getattr(world.broker, how)()
    if how == "kill":
        world.broker.start()
    world.daemon.wait_for("reconnected", timeout=60, component="broker")
    world.publisher.wait()
    eventually(lambda: world.audit.statuses() == {"sent": COUNT},
               lambda: f"{COUNT} rows `sent`: {world.audit.statuses()}\n{world.daemon.tail()}", within=60)
    world.wait_until_all_is_acked()
    assert sorted(message["Notifyd-Event-ID"] for message in slow_sink.messages()) == sorted(
        event_id for _, _, event_id in events), "each was mailed once"


def test_a_round_of_chaos_ends_as_it_should(folder):
    for result in campaign.run([(SEED, SEED)], 45, folder / "chaos", node):
        print(summary.table([result]))
        if result.violations:
            pytest.fail("\n\n".join(result.violations), pytrace=False)
        assert result.lost == result.doubled == 0

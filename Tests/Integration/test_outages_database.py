"""Postgres is away, in every way it can be: nothing is lost, nothing is sent twice, and the log says what is waited for."""

import pathlib
import shutil
import subprocess
import tempfile

import pytest

from harness import Database, MailSink, Postgres, Proxy, Workspace
from helpers.outages import check_each_once, emails, locked, mailed, through, waits_for_lock
from helpers.standby import Standby
from helpers.waiting import eventually
from helpers.world import World


@pytest.fixture
def proxy(world):
    with Proxy(world.postgres.port) as proxy:
        yield proxy


@pytest.fixture
def settings(world, proxy):
    """The way to Postgres leads through the proxy."""
    return {"database.url": through(world.database_url, proxy)}


@pytest.fixture
def sessions(world):
    """What an operator sees of the server."""
    with Database(world.database_url) as database:
        yield database


@pytest.fixture
def role(world):
    """The daemon's own role, which is no superuser: (name, the URL of its database)."""
    name, password = f"{world.name}_role", "first"
    with Database(world.postgres.url()) as server:
        server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        server.execute(f"ALTER DATABASE {world.name} OWNER TO {name}")
    user = f"{world.postgres.user}:{world.postgres.password}"
    yield name, world.database_url.replace(user, f"{name}:{password}")
    for daemon in world.daemons:
        daemon.__exit__()
    world.audit.close()
    with Database(world.postgres.url()) as server:
        server.execute(f"DROP DATABASE {world.name} WITH (FORCE)")
        server.execute(f"DROP ROLE {name}")


def waits(world, since=0, **fields):
    return world.daemon.wait_for("waiting", component="database", since=since, **fields)


# At the start


@pytest.mark.parametrize("how", ["refuse", "black_hole"])
def test_a_signal_ends_a_daemon_that_never_saw_its_postgres(world, proxy, settings, how):
    getattr(proxy, how)()
    daemon = world.prepare({**settings, "shutdown.drain": "1s"})
    daemon.start(until="connected")
    assert daemon.stop() == 0
    assert daemon.find("draining") and daemon.find("stopped") and not daemon.find("consuming")


@pytest.mark.parametrize("how", ["refuse", "black_hole"])
def test_a_postgres_away_at_the_start_is_waited_for_and_nothing_is_taken_meanwhile(world, proxy, settings, how):
    getattr(proxy, how)()
    world.prepare(settings).start(until="connected")
    events = emails(5)
    world.publish_many(events)
    line = waits(world)
    assert "refused" in line["error"] if how == "refuse" else "did not answer" in line["error"]
    assert world.queue_depth() == len(events), "nothing is taken from the queue"
    proxy.pass_on()
    world.daemon.wait_for("consuming", timeout=20)
    check_each_once(world, events)


# In the middle


def test_a_claim_whose_reply_is_lost_is_found_to_be_its_own(world, proxy, settings, sessions):
    """The commit happens, and nobody hears of it."""
    world.start(settings)
    events = emails(4)
    with locked(world, "LOCK TABLE notifications.event IN ACCESS EXCLUSIVE MODE"):
        world.publish_many(events)
        cut_off = eventually(lambda: waits_for_lock(sessions), "the claim waits for the lock")
        proxy.cut()
        world.daemon.wait_for("connection lost", component="database")
        eventually(lambda: set(waits_for_lock(sessions)) - set(cut_off), "it is tried again on another connection")
        assert set(cut_off) <= set(waits_for_lock(sessions)), "the first one is still going to be committed"
    world.daemon.wait_for("reconnected", component="database")
    check_each_once(world, events)


def test_a_claim_that_the_server_ended_is_tried_again(world, sessions):
    world.start()
    events = emails(4)
    with locked(world, "LOCK TABLE notifications.event IN ACCESS EXCLUSIVE MODE"):
        world.publish_many(events)
        [pid] = eventually(lambda: waits_for_lock(sessions), "the claim waits for the lock")
        sessions.execute("SELECT pg_terminate_backend(%s)", pid)
        world.daemon.wait_for("connection lost", component="database")
        eventually(lambda: set(waits_for_lock(sessions)) - {pid}, "it is tried again on another connection")
    check_each_once(world, events)


def test_a_settle_whose_reply_is_lost_counts_once(world, proxy, settings, sessions):
    world.start(settings)
    world.smtp.delay(0.5)
    [(kind, data, event_id)] = events = emails(1)
    world.publish(kind, data, event_id)
    eventually(lambda: "DATA" in world.smtp.commands, "the mail is on its way")
    with locked(world, "SELECT 1 FROM notifications.event FOR UPDATE"):
        cut_off = eventually(lambda: waits_for_lock(sessions), "the settle waits for the lock")
        proxy.cut()
        world.daemon.wait_for("connection lost", component="database")
        eventually(lambda: set(waits_for_lock(sessions)) - set(cut_off), "it is tried again on another connection")
    check_each_once(world, events)
    row = world.audit.row(event_id)
    assert row["attempts"] == 1 and len(world.audit.attempts(row["id"])) == 1


def test_results_in_hand_are_kept_while_postgres_is_away_and_nothing_is_begun(world, proxy, settings):
    world.start({**settings, "smtp.connections": 3})
    world.smtp.delay(0.5)
    before, during = emails(3), emails(3)
    world.publish_many(before)
    eventually(lambda: world.smtp.commands.count("DATA") == 3, "the mails are on their way")
    proxy.refuse()
    world.daemon.wait_for("connection lost", component="database")
    world.publish_many(during)
    world.smtp.wait_for(3)
    waits(world)
    assert set(mailed(world)) == {event_id for _, _, event_id in before}, "no send is begun without a claim"
    assert world.audit.statuses().get("sent", 0) == 0, "the results are in hand"
    world.daemon.wait_for("paused", component="broker")
    proxy.pass_on()
    world.daemon.wait_for("reconnected", component="database")
    check_each_once(world, before + during)


def test_a_signal_ends_a_daemon_whose_results_wait_for_postgres(world, proxy, settings):
    world.start({**settings, "shutdown.drain": "500ms"})
    world.smtp.delay(0.3)
    world.publish_many(emails(2))
    eventually(lambda: "DATA" in world.smtp.commands, "the mails are on their way")
    proxy.refuse()
    world.smtp.wait_for(2)
    world.daemon.wait_for("connection lost", component="database")
    assert world.daemon.stop() == 0
    assert world.daemon.find("stopped")
    eventually(lambda: world.queue_depth() == 2, "what could not be settled is in the queue again")


# What the server says no for


TROUBLES = {
    "all its connections are taken": ("ALTER ROLE {role} CONNECTION LIMIT 0", "ALTER ROLE {role} CONNECTION LIMIT -1",
                                      "too many connections"),
    "its password was changed": ("ALTER ROLE {role} PASSWORD 'second'", "ALTER ROLE {role} PASSWORD 'first'",
                                 "password authentication failed"),
    "its database takes no connections": ("ALTER DATABASE {database} ALLOW_CONNECTIONS false",
                                          "ALTER DATABASE {database} ALLOW_CONNECTIONS true", "not currently accepting"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_server_that_turns_it_away_is_waited_for_by_what_it_says(world, proxy, role, trouble):
    name, url = role
    world.start({"database.url": through(url, proxy)})
    events = emails(4)
    world.publish_many(events[:2])
    world.settled(events[1][2], "sent")
    begin, end, words = (text.format(role=name, database=world.name) for text in TROUBLES[trouble])
    with Database(world.postgres.url()) as server:
        server.execute(begin)
        proxy.cut()
        world.daemon.wait_for("connection lost", component="database")
        assert words in waits(world)["error"]
        world.publish_many(events[2:])
        server.execute(end)
    world.daemon.wait_for("reconnected", component="database")
    check_each_once(world, events)
    assert not any("first" in str(line) for line in world.daemon.lines), "the password is in no log line"


def test_rights_that_were_taken_away_stop_the_sending_until_they_are_back(world, role, sessions):
    name, url = role
    world.start({"database.url": url})
    sessions.execute(f"REVOKE INSERT, UPDATE ON ALL TABLES IN SCHEMA notifications FROM {name}")
    events = emails(3)
    world.publish_many(events)
    line = world.daemon.wait_for("database error")
    assert "permission denied" in line["error"] and "42501" in line["error"]
    assert not world.smtp.messages, "nothing is sent without a claim"
    sessions.execute(f"GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA notifications TO {name}")
    check_each_once(world, events)


# A disk that is full


@pytest.fixture
def small_disk(postgres):
    """A folder of 20 MiB that Postgres may write to."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="notifyd-disk-", dir="/tmp"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m,mode=0777", "tmpfs", folder], capture_output=True,
                             text=True)
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"mounting is not allowed here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


@pytest.fixture
def world_on_small_disk(world, small_disk):
    space = small_disk / "space"
    space.mkdir()
    shutil.chown(space, "postgres", "postgres")
    with Database(world.postgres.url()) as server:
        server.execute(f"CREATE TABLESPACE {world.name} LOCATION '{space}'")
        server.execute(f"ALTER DATABASE {world.name} SET TABLESPACE {world.name}")
    yield world
    for daemon in world.daemons:
        daemon.__exit__()
    world.audit.close()
    with Database(world.postgres.url()) as server:
        server.execute(f"DROP DATABASE {world.name} WITH (FORCE)")
        server.execute(f"DROP TABLESPACE {world.name}")


def test_a_full_disk_costs_time_and_nothing_else(world_on_small_disk, small_disk, folder):
    world = world_on_small_disk
    with MailSink(folder) as sink:
        world.start({"smtp.url": sink.url})
        fill = small_disk / "fill"
        subprocess.run(["dd", "if=/dev/zero", f"of={fill}", "bs=64k"], capture_output=True)
        events = emails(300)
        world.publish_many(events)
        line = world.daemon.wait_for("database error")
        assert "53100" in line["error"], line
        fill.unlink()
        eventually(lambda: world.audit.statuses() == {"sent": len(events)},
                   lambda: f"all are sent: {world.audit.statuses()}\n{world.daemon.tail()}", within=30)
        assert sorted(mail["Notifyd-Event-ID"] for mail in sink.messages()) == sorted(each[2] for each in events)


# Another server in its place


@pytest.fixture
def primary(workspace_of_its_own):
    with Postgres(workspace_of_its_own.folder("primary")) as primary:
        yield primary


@pytest.fixture
def standby(primary, workspace_of_its_own):
    with Standby(workspace_of_its_own.folder("standby"), primary) as standby:
        yield standby


@pytest.fixture
def workspace_of_its_own():
    with Workspace() as workspace:
        yield workspace


@pytest.fixture
def replicated(broker, primary, standby, publisher, smtp, twilio, folder):
    """A world whose Postgres has a standby."""
    world = World(broker=broker, postgres=primary, publisher=publisher, smtp=smtp, twilio=twilio, folder=folder)
    yield world
    world.close()


def test_a_failover_to_the_standby_loses_and_repeats_nothing(replicated, primary, standby):
    world = replicated
    both = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
    url = world.database_url.replace(f"127.0.0.1:{primary.port}", both) + "?target_session_attrs=read-write"
    world.start({"database.url": url, "smtp.connections": 4})
    world.smtp.delay(0.02)
    events = emails(200)
    world.begin_publishing(events)
    world.smtp.wait_for(40)
    primary.kill()
    world.daemon.wait_for("connection lost", component="database")
    waits(world)
    standby.promote()
    world.daemon.wait_for("reconnected", component="database", timeout=20)
    world.publisher.wait()
    world.audit.dsn = standby.url(world.name)
    check_each_once(world, events)


def test_a_server_that_became_read_only_is_left_for_the_one_that_takes_writes(replicated, primary, standby):
    """The address moved to another server, and the connections to the first one stayed."""
    world = replicated
    with Proxy(primary.port) as proxy:
        world.start({"database.url": through(world.database_url, proxy)})
        events = emails(6)
        world.publish_many(events[:3])
        eventually(lambda: len(world.smtp.messages) == 3, "the first are mailed")
        proxy.target = standby.port
        proxy.cut()
        world.publish_many(events[3:])
        eventually(lambda: any("25006" in line.get("error", "") and line["message"] in ("connection lost", "waiting")
                               for line in world.daemon.lines), lambda: f"it says why\n{world.daemon.tail()}")
        assert len(world.smtp.messages) == 3, "nothing is sent without a claim"
        proxy.target = primary.port
        check_each_once(world, events)

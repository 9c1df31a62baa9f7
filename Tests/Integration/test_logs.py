"""What `notifyd run` writes to standard output (contract section 12)."""

import contextlib
import fcntl
import json
import os
import re
import select
import signal
import socket
import struct
import termios
import time

import pytest

from harness import ROOT, Answer, ChildProcess, Proxy
from harness.processes import environment
from harness.program import notifyd_path
from helpers.events import payment, reset, signup, unique
from helpers.outages import through
from helpers.waiting import eventually

CONTRACT = ["event_id", "event_type", "recipient_id", "channel", "provider", "attempt", "outcome", "duration_ms",
            "queue_ms", "trace_id", "span_id", "trace_flags", "error_code", "error"]
TOLD = ("info", "notice", "warning", "error", "critical")
LINE = re.compile(r"\d\d:\d\d:\d\d\.\d{3}Z (TRACE|DEBUG|INFO |NOTE |WARN |ERROR|CRIT ) \S.*")


def told(daemon, since=0):
    return [line for line in daemon.lines[since:] if line["level"] in TOLD]


# One line per notification


def test_each_settled_notification_is_one_line_at_info_with_the_fields_of_the_contract(world):
    world.start({"sms.providers": "twilio", "retry.delays": "50ms", "delivery.only": "*@example.com,+49*"})
    world.smtp.answer("rcpt", "550 5.1.1 unknown", recipient="bad@example.com")
    world.smtp.answer("rcpt", "450 4.2.0 busy", times=1, recipient="slow@example.com")
    world.smtp.answer("rcpt", "451 4.2.0 busy", recipient="busy@example.com")
    world.twilio.answer("+4915207770001", Answer(close=True))
    link = {"email": "a@example.com", "expiresAt": "2020-01-01T00:00:00Z"}
    now = int(time.time() * 1000)
    expected = {
        world.publish("payment.completed", payment("u1", email="good@example.com")): ("sent", "email", 1),
        world.publish("payment.completed", payment("u1", email="slow@example.com")): ("sent", "email", 2),
        world.publish("payment.completed", payment("u1", email="bad@example.com")): ("failed", "email", 1),
        world.publish("payment.completed", payment("u1", email="busy@example.com")): ("failed", "email", 2),
        world.publish("payment.completed", payment("u1", phone="+4915207770001")): ("uncertain", "sms", 1),
        world.publish("payment.completed", payment("u1", email="a@elsewhere.example")): ("suppressed", "email", 0),
        world.publish("user.password-reset", reset("u1", **link)): ("expired", "email", 0),
        world.publish_raw("payment.completed", b"{"): ("rejected", "none", 0),
    }
    late = world.publish("user.signup", signup("u9", email="b@example.com"), headers={"timestamp_in_ms": now + 60_000})
    no_number = world.publish("user.signup", signup("u8", email="c@example.com"), headers={"timestamp_in_ms": "soon"})
    for event_id, (status, _, _) in expected.items():
        world.settled(event_id, status)
    for event_id in (late, no_number):
        world.settled(event_id, "sent")
    assert world.daemon.stop() == 0
    for event_id, (status, channel, attempt) in expected.items():
        lines = [line for line in told(world.daemon) if line.get("event_id") == event_id]
        assert len(lines) == 1, f"{status}: {lines}"
        [line] = lines
        assert (line["level"], line["message"]) == ("info", f"notification {status}")
        assert (line["outcome"], line["channel"], line["attempt"]) == (status, channel, attempt)
        assert ("error_code" in line, "error" in line) == ((status != "sent"),) * 2, line
        assert ("provider" in line) == (attempt > 0) and "queue_ms" not in line
        assert line["duration_ms"] >= 0 and re.fullmatch(r"[0-9a-f]{32}", line["trace_id"])
        assert re.fullmatch(r"[0-9a-f]{16}", line["span_id"]) and line["trace_flags"] in ("00", "01")
        assert set(line) <= {*CONTRACT, "timestamp", "level", "message", "service", "component"}, line
        assert [name for name in line if name in CONTRACT] == [name for name in CONTRACT if name in line]
    assert world.daemon.find(None, event_id=late)[0]["queue_ms"] == 0, "clocks that disagree give 0"
    assert "queue_ms" not in world.daemon.find(None, event_id=no_number)[0]


# A down server


@pytest.fixture
def roads(world, collector):
    """A proxy before each server."""
    ports = {"broker": world.broker.port, "database": world.postgres.port, "smtp": world.smtp.port,
             "twilio": world.twilio.port, "otlp": collector.port}
    proxies = {name: Proxy(port) for name, port in ports.items()}
    for proxy in proxies.values():
        proxy.__enter__()
    yield proxies
    for daemon in world.daemons:
        daemon.__exit__()
    for proxy in proxies.values():
        proxy.__exit__()


def test_servers_that_are_down_are_said_at_once_and_then_once_a_minute_with_a_count(world, collector, roads):
    daemon = world.start({
        "rabbitmq.url": through(world.broker.url(), roads["broker"]),
        "database.url": through(world.database_url, roads["database"]),
        "smtp.url": f"smtp://127.0.0.1:{roads['smtp'].port}", "sms.providers": "twilio",
        "twilio.baseUrl": f"http://127.0.0.1:{roads['twilio'].port}", "retry.delays": "1s,1s,1s",
    }, collector.environment | {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{roads['otlp'].port}"})
    for name in ("smtp", "twilio", "otlp"):
        roads[name].refuse()
    mark = daemon.mark()
    world.publish_many([("payment.completed", payment(email=f"m{n}@example.com"), unique("evt")) for n in range(30)])
    world.publish_many([("payment.completed", payment(phone=f"+491520777{n:04}"), unique("evt")) for n in range(30)])
    for component in ("smtp", "twilio", "otlp"):
        daemon.wait_for("connection lost", component=component, since=mark, timeout=30)
    for component in ("smtp", "twilio"):
        daemon.wait_for("waiting", component=component, since=mark, timeout=30)
    down = time.monotonic()
    for name in ("broker", "database"):
        roads[name].refuse()
        roads[name].cut()
    for name in ("broker", "database"):
        daemon.wait_for("connection lost", component=name, since=mark)
        first = daemon.wait_for("waiting", component=name, since=mark)
        # The broker is tried again after up to 30 s: so much later than a minute its next line may come.
        again = daemon.wait_for("waiting", component=name, since=daemon.lines.index(first) + 1, timeout=110)
        assert again["failures"] > 1, again
    assert time.monotonic() - down > 50
    lines = {name: [line for line in told(daemon, mark) if line["component"] == name] for name in roads}
    for name, found in lines.items():
        messages = [line["message"] for line in found]
        assert messages.count("connection lost") == 1, f"{name}: {messages}"
        assert messages.count("waiting") <= 3, f"{name}: {found}"
        assert set(messages) <= {"connection lost", "waiting", "paused"}, f"{name}: {messages}"
        assert all(line["failures"] >= 1 for line in found if line["message"] == "waiting")
    others = [line for line in told(daemon, mark) if line["component"] not in roads]
    assert others == [], "each down server is told once"
    for proxy in roads.values():
        proxy.pass_on()
    for name in ("broker", "database"):
        daemon.wait_for("reconnected", component=name, since=mark, timeout=60)


# For people


class Terminal:
    """A pseudo-terminal of 100 columns, and what was written to it."""

    def __init__(self):
        self.near, self.far = os.openpty()
        fcntl.ioctl(self.far, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self._bytes = b""

    def text(self):
        while select.select([self.near], [], [], 0)[0]:
            self._bytes += os.read(self.near, 65536)
        return self._bytes.decode().replace("\r\n", "\n")

    def close(self):
        os.close(self.near)
        os.close(self.far)


@pytest.fixture
def terminal():
    terminal = Terminal()
    yield terminal
    terminal.close()


@contextlib.contextmanager
def run(world, stdout, settings=(), **more):
    """The daemon with that standard output."""
    variables = world.variables(settings)
    process = ChildProcess([notifyd_path(), "run"], environment=environment(**variables, **more), folder=world.folder,
                           log=world.folder / "run.errors", stdout=stdout)
    try:
        yield process
    finally:
        process.stop()


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("more, has_colours", [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False),
                                               ({"TERM": "dumb"}, False)])
def test_a_terminal_gets_text_with_colours_unless_it_wants_none(world, terminal, more, has_colours):
    with run(world, terminal.far, {"retry.delays": "10ms"}, **more) as process:
        eventually(lambda: "consuming" in terminal.text(), lambda: terminal.text(), within=30)
        world.bind("order.\x1b[2J\u202e1")
        world.publish_raw("order.\x1b[2J\u202e1", b'{"userId": "u1"}')
        world.publish("payment.completed", payment(email="a@example.com"), message_id="the-mail")
        eventually(lambda: "notification sent" in (text := terminal.text()) and "notification failed" in text,
                   lambda: terminal.text())
        process.stop()
    text = terminal.text()
    assert ("\x1b[" in text) == has_colours
    lines = plain(text).splitlines()
    assert all(LINE.fullmatch(line) for line in lines), lines
    assert "order.\\u{1b}[2J\\u{202e}1" in text and "\u202e" not in text
    [sent] = [line for line in lines if "the-mail" in line]
    assert re.fullmatch(r"\S+ INFO  notification sent       pipeline payment.completed email the-mail smtp [\d.]+ms", sent)
    assert all(len(line) <= 100 for line in lines if "sent" in line), lines
    assert {line.index("broker") for line in lines if " broker " in line} == {sent.index("pipeline")}, "aligned"


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_journal_gets_priorities_and_no_colours_in_both_forms(world, form):
    ours, journal = socket.socketpair()
    with ours, journal:
        status = os.fstat(journal.fileno())
        with run(world, journal, {"log.format": form, "log.level": "info,broker=debug"}, TERM="xterm",
                 JOURNAL_STREAM=f"{status.st_dev}:{status.st_ino}") as process:
            text = b""
            while b"consuming" not in text:
                assert select.select([ours], [], [], 30)[0], text
                text += ours.recv(65536)
            process.stop()
    lines = text.decode().splitlines()
    priorities = {line[:3] for line in lines}
    assert priorities >= {"<6>", "<7>"} and all(re.match(r"<[2-7]>", line) for line in lines), lines
    assert "\x1b" not in text.decode()
    if form == "json":
        assert all(json.loads(line[3:])["message"] for line in lines)
    else:
        assert all(LINE.fullmatch(line[3:]) for line in lines), lines


def test_a_pipe_gets_json_without_priorities_whatever_journal_the_parent_had(world):
    world.start(environment={"NOTIFYD_LOG_FORMAT": "auto", "JOURNAL_STREAM": "8:4711", "TERM": "xterm"})
    assert world.daemon.stop() == 0
    assert world.daemon.find("stopped") and world.daemon.other_output == []


# How much


def test_levels_go_by_component_and_change_on_a_reload(world, folder):
    file = folder / "notifyd.yaml"
    file.write_text("log:\n  level: warning,pipeline=info,broker=info\n")
    daemon = world.start(environment={"NOTIFYD_CONFIG": file})
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    daemon.wait_for("notification sent", event_id=event_id)
    assert {line["component"] for line in daemon.lines if line["level"] == "info"} == {"pipeline", "broker"}
    file.write_text("log:\n  level: info,pipeline=debug,smtp=debug,database=trace\n")
    daemon.send_signal(signal.SIGHUP)
    daemon.wait_for("reloaded")
    mark = daemon.mark()
    again = world.publish("payment.completed", payment(email="a@example.com"))
    answered = daemon.wait_for("provider answered", component="smtp", event_id=again)
    assert {"dns_ms", "connect_ms", "tls_ms", "duration_ms", "outcome"} <= set(answered)
    daemon.wait_for("notification sent", event_id=again)
    steps = [line["message"] for line in daemon.lines[mark:] if line.get("event_id") == again]
    assert steps == ["received", "claimed", "provider answered", "notification sent"]
    file.write_text("log:\n  level: info,brokr=debug\n")
    daemon.send_signal(signal.SIGHUP)
    refused = daemon.wait_for("reload refused")
    assert '"brokr" is no component; known are notifyd, pipeline, broker' in refused["error"]


@pytest.mark.parametrize("level, words", [("loud", "known are trace, debug, info"), ("info,brokr=debug", "known are notifyd"),
                                          ("info,broker=loud", "known are trace"), ("debug,info", "given before")])
def test_an_unknown_level_or_component_is_a_wrong_configuration_that_names_the_known_ones(world, level, words):
    outcome = world.command("check", "--offline", settings={"log.level": level}, status=78)
    assert "log.level" in outcome.errors and words in outcome.errors


# The page

CALL = re.compile(r"(?:\b\w*(?:logger|log)\b\.(?:trace|debug|info|notice|warning|error|critical|log)"
                  r"|\berrors\.log|(?<!func )\bsay)\(|line\(level: \.error, |message: Logger\.Message = |(?<=\],\n)\s*message: ")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def messages(text):
    """The message literals of a source file's calls of a logger; what is put into them reads `*`."""
    if "import Logging" not in text:
        return
    for call in CALL.finditer(text):
        rest = text[call.end():call.end() + 400]
        head = re.split(r"metadata:|message,|\n\s*\)|\n\n", rest, maxsplit=1)[0]
        if call.group().endswith(("= ", "message: ", ".error, ")):
            head = rest.split("\n")[0]
        for literal in LITERAL.finditer(head):
            if not re.search(r'\[\s*$|:\s*\.string\($', head[:literal.start()]):
                yield re.sub(r"\\\([^)]*\)", "*", literal.group(1))


def test_every_message_of_the_sources_stands_in_the_page():
    page = (ROOT / "docs/logging.md").read_text()
    documented = re.findall(r"^\| `([^`]+)` ", page, re.MULTILINE)
    found = {message: path.name for path in sorted((ROOT / "Sources").rglob("*.swift"))
             for message in messages(path.read_text())}
    assert len(found) > 30, found
    missing = [f"{message} ({name})" for message, name in found.items()
               if not any(re.fullmatch(re.escape(message).replace(r"\*", ".+"), each) for each in documented)]
    assert missing == []

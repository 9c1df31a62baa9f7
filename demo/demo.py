#!/usr/bin/python3
"""make demo: real events through a private RabbitMQ and Postgres into emails, SMS, audit rows and a trace.

Everything is in a temporary folder and on free ports of 127.0.0.1; nothing is left when it ends. On a terminal it stays
up until Ctrl-C. Exit status 0 when all was as it should be.
"""

import contextlib
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests/Integration"))

import checks  # noqa: E402
import trace  # noqa: E402
from events import steps  # noqa: E402
from invitation import stay  # noqa: E402
from outbox import Outbox, text_of  # noqa: E402
from stage import Stage  # noqa: E402
from terminal import RESULT_STYLES, Terminal, fit  # noqa: E402

from harness import Workspace, wait_until  # noqa: E402


class Demo:
    """Plays six events and shows what came of them, section by section."""

    def __init__(self, terminal, stage):
        self.terminal = terminal
        self.stage = stage
        self.steps = steps()
        self.outbox = Outbox(stage.outbox_path)

    def publish(self):
        """Each event once the one before is done; its row as soon as its end is known."""
        self.stage.import_customers()
        self.terminal.heading("Six events")
        self.terminal.say("two customers were imported before; 4 and 6 come from a Python program (pika)", "dim")
        for number, step in enumerate(self.steps, 1):
            self.stage.publish(step, number)
            step.process = self.stage.wait_for_end(step)
            result = self.terminal.style(f"{step.result:<11}", *RESULT_STYLES.get(step.result, ()))
            where = fit(self._where(step), self.terminal.width - 40)
            self.terminal.say(f"  {number}  {step.title:<24}{result}{where}")

    def show_email(self):
        self.terminal.heading("The German email, as its reader sees it")
        for message in self.outbox.emails(self.steps[1].event_id):
            headers = [f"{name}: {message[name]}" for name in ("From", "To", "Subject")]
            self.terminal.box([*headers, "", *text_of(message).rstrip().splitlines()])

    def show_trace(self):
        trace_id = self.steps[1].trace_id
        collector = self.stage.collector
        self.trace = wait_until(
            lambda: (spans := collector.trace(trace_id)) and trace.is_whole(spans) and spans,
            10,
            lambda: f"the whole trace {trace_id}; there are {[span.name for span in collector.trace(trace_id)]}",
        )
        self.terminal.heading(f"Its trace, from publisher to database: {trace_id}")
        for line in trace.lines(self.trace, self.terminal.width, self.terminal.style):
            self.terminal.say(line)

    def show_audit(self):
        self.rows = self.stage.command("log", "--json").json()
        self.terminal.heading("The audit log: addresses masked, and the duplicate is no row", "notifyd log --json     (as a table)")
        table = [
            [
                row["status"],
                row["event_type"],
                row["channel"],
                row["address_masked"] or "-",
                row["locale"] or "-",
                row["error_code"] or "",
            ]
            for row in self.rows
        ]
        titles = ["STATUS", "TYPE", "CHANNEL", "ADDRESS", "LANG", "WHY"]
        self.terminal.table(titles, table, styled_column=0)

    def show_dead_letter(self):
        self.dead_letters = wait_until(
            lambda: self.stage.command("dlq", "list", "--json").json(), 10, "a dead letter is there"
        )
        identifier = self.dead_letters[0]["id"]
        self.terminal.heading("The dead letter, and why it is one", f"notifyd dlq show {identifier}")
        for line in self.stage.command("dlq", "show", identifier).output.splitlines():
            name, value = line[:14], line[14:]
            self.terminal.field(name, value, *(("red",) if name.strip() == "why" else ()))

    def verdict(self):
        """Prints it. True when all was as it should be."""
        wrong, count = checks.failures(
            self.steps,
            self.outbox,
            self.rows,
            self.dead_letters,
            self.trace,
            self.stage.daemon.lines,
            self.stage.broker.ready_messages("notifications.events"),
        )
        self.terminal.say()
        if not wrong:
            self.terminal.say(f"✓ All {count} checks of what you see passed.", "green", "bold")
            return True
        for words in wrong:
            self.terminal.say(f"✗ not so: {words}", "red", "bold")
        self.terminal.say(self.stage.daemon.tail(), "dim")
        return False

    def _where(self, step):
        for message in self.outbox.emails(step.event_id):
            return f"email to {message['To'].addresses[0].addr_spec}: {message['Subject']}"
        for message in self.outbox.sms(step.event_id):
            return f"SMS to {message['To']}: {text_of(message).strip()}"
        if step.result == "duplicate":
            return "nowhere: this payment was told before (paymentId)"
        if step.result == "rejected":
            return f"dead-letter queue, then its table: {step.process.attributes.get('error.type')}"
        return "nowhere"


def play(terminal):
    """The whole demo. True when all was as it should be."""
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(Workspace("notifyd-demo-")).path
        terminal.say("Starting a private RabbitMQ and Postgres, a collector for traces, and notifyd …")
        stage = Stage(folder, stack)
        terminal.say(f"ready after {time.monotonic() - started:.1f} s, in {folder}", "dim")
        demo = Demo(terminal, stage)
        demo.publish()
        demo.show_email()
        demo.show_trace()
        demo.show_audit()
        demo.show_dead_letter()
        good = demo.verdict()
        terminal.say(f"It took {time.monotonic() - started:.0f} s.", "dim")
        if good and terminal.is_interactive:
            stay(terminal, stage)
    terminal.say("Everything is stopped, and its folder removed.", "dim")
    return good


def main():
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        return 0 if play(Terminal()) else 1
    except KeyboardInterrupt:
        print("\nStopped, and its folder removed.")
        return 130
    except (RuntimeError, AssertionError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""The demo on a terminal, when the show is over: what to try next, while everything runs on."""

import time

from terminal import fit

_SUGGESTIONS = (
    ("notifyd publish payment.completed --sample", "one more; --count 1000 for a thousand"),
    ("notifyd log --since 5m", "what became of them"),
    ("notifyd render user.signup --locale de", "a notification, without sending it"),
    ("notifyd check", "configuration, catalogue, servers"),
    ("notifyd config", "every key, and where its value comes from"),
    ('cat "$NOTIFYD_FILE_PATH"/sms/*', "the SMS; the emails are in mail/new"),
    ('psql "$NOTIFYD_DATABASE_URL"', "the tables are in the schema notifications"),
)


def stay(terminal, stage):
    """Until Ctrl-C, with a line for each thing that notifyd logs."""
    terminal.heading("Still running. Try in another terminal:")
    terminal.say(f"    source {stage.write_environment()}")
    for command, comment in _SUGGESTIONS:
        terminal.say(f"    {command:<44}" + terminal.style(f" # {comment}", "dim"))
    terminal.say()
    terminal.say("Ctrl-C stops and removes everything. What notifyd does meanwhile:")
    try:
        _follow(terminal, stage.daemon)
    except KeyboardInterrupt:
        terminal.say("\nstopping …")


def _follow(terminal, daemon):
    shown = daemon.mark()
    while True:
        time.sleep(0.2)
        if not daemon.process.is_running:
            raise RuntimeError(f"notifyd ended\n{daemon.tail()}")
        for line in daemon.lines[shown:]:
            shown += 1
            fields = [str(line[name]) for name in ("event_type", "channel", "error_code", "error") if name in line]
            text = "  ".join([line["timestamp"][11:19], line["message"], *fields])
            terminal.say(fit("    " + text, terminal.width), "dim")

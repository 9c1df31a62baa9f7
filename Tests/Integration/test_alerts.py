"""The alerts and the dashboard of deploy/: accepted by Prometheus's own tool, and about metrics that exist."""

import json
import pathlib
import re
import subprocess

import pytest

from harness.ports import free_port
from helpers.events import signup
from helpers.exposition import scrape
from helpers.waiting import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
CASES = ROOT / "deploy/prometheus/alerts.test.yml"
DASHBOARD = ROOT / "deploy/grafana/notifyd.json"
RUNBOOK = ROOT / "docs/alerts.md"

NAME = re.compile(r"\b(?:notifyd|process|messaging)_[a-z0-9_]+\b")
# Ours by their prefix, and labels nevertheless.
LABELS = {"messaging_destination_name", "messaging_operation_name"}
# Known to the daemon before one of them comes, and not shown before.
NOT_YET = {"notifyd_send_failures_total", "messaging_client_operation_duration_seconds"}


def promtool(*arguments):
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def expressions(node):
    """Every PromQL text of the dashboard, variables included."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("expr", "query") and isinstance(value, str):
                yield value
            else:
                yield from expressions(value)
    elif isinstance(node, list):
        for each in node:
            yield from expressions(each)


def metrics_in(text):
    return set(NAME.findall(text)) - LABELS


def families(names):
    """Without what a histogram appends."""
    return {re.sub(r"_(bucket|sum|count)\Z", "", name) for name in names}


def rules():
    """Name and text of each alert."""
    parts = re.split(r"^ *- alert: (\w+)$", ALERTS.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def test_promtool_accepts_the_alerts():
    assert f"{len(rules())} rules found" in promtool("check", "rules", ALERTS)


def test_each_alert_fires_when_it_should_and_is_silent_when_it_should_not():
    promtool("test", "rules", CASES)
    cases = CASES.read_text()
    for alert in rules():
        [*queries] = re.findall(rf'alertname="{alert}", alertstate="firing"}}\'\n +eval_time: \w+\n +exp_samples:(.*)',
                                cases)
        assert any(each.strip() == "" for each in queries), f"{alert} fires in a case"
    silent = re.findall(r'alertname="(\w+)", alertstate="firing"}\'\n +eval_time: \w+\n +exp_samples: \[\]', cases)
    # The restart loop's silent ones are other instances of the case in which it fires.
    assert set(rules()) - set(silent) <= {"NotifydRestartLoop"}


def test_each_alert_says_how_bad_it_is_what_it_is_and_what_to_type():
    headings = re.findall(r"^## (\w+)$", RUNBOOK.read_text(), flags=re.MULTILINE)
    assert sorted(headings) == sorted(rules()), "a section for each alert, and no other"
    for alert, text in rules().items():
        assert re.search(r"severity: (critical|warning)$", text, re.MULTILINE), alert
        assert re.search(r"summary: \S", text), alert
        assert re.search(r"description: >-\n[^:]+", text) and "Type: " in text, f"{alert} names a command"
        assert f"runbook_url: docs/alerts.md#{alert.lower()}\n" in text, f"{alert} has its runbook"


def test_the_dashboard_is_whole():
    board = json.loads(DASHBOARD.read_text())
    assert board["title"] == "notifyd" and board["uid"] == "notifyd"
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        assert panel["description"] and panel["targets"], panel["title"]


@pytest.fixture
def address():
    return f"127.0.0.1:{free_port()}"


def test_every_metric_that_alerts_and_dashboard_name_is_one_that_the_daemon_shows(world, address):
    world.start({"http.listen": address})
    world.settled(world.publish("user.signup", signup()), "sent")
    shown = eventually(lambda: (found := scrape(address)).value("notifyd_dead_letters") is not None and found,
                       "the backlog is shown")
    known = set(shown.types) | NOT_YET
    for name, text in (("alerts.yml", ALERTS.read_text()),
                       ("notifyd.json", "\n".join(expressions(json.loads(DASHBOARD.read_text()))))):
        named = families(metrics_in(text))
        assert len(named) > 10, f"{name} was read"
        assert named <= known, f"{name} names what is not there: {sorted(named - known)}"
    assert {"notifyd_consuming", "notifyd_dead_letters"} <= known

"""A short form of `make bench`: each contender that is installed does the work, and one that does not is refused."""

import array
import json
import pathlib
import subprocess
import sys

import pytest

from harness import ROOT

sys.path.insert(0, str(ROOT / "Benchmarks"))

from bench import programs, scenarios  # noqa: E402
from bench.contenders import Notifyd, Peer, Settings, contenders  # noqa: E402
from bench.drain import drain  # noqa: E402
from bench.latency import latency  # noqa: E402
from bench.memory import SETTLED, course, growth  # noqa: E402
from bench.result import Result  # noqa: E402
from bench.site import Site  # noqa: E402
from bench.table import medians, table  # noqa: E402
from helpers import faulty_peer  # noqa: E402

VIRTUAL_HOST = "bench"
SETTINGS = Settings(prefetch=50, connections=10, database_connections=4)
KNOWN = contenders()

needs_histogram = pytest.mark.skipif(not programs.PYTHON.exists(), reason="make bench installs HdrHistogram")


@pytest.fixture(scope="module")
def virtual_host(broker):
    broker.add_virtual_host(VIRTUAL_HOST)
    return VIRTUAL_HOST


@pytest.fixture
def site(broker, postgres, virtual_host):
    with Site(broker, postgres, virtual_host) as site:
        yield site


@pytest.mark.parametrize("name", [name for name in KNOWN if name != "notifyd untraced"])
def test_a_contender_drains_a_backlog_rightly_and_its_figures_are_there(name, site, folder):
    result = drain(KNOWN[name], site, folder, SETTINGS, events=300)
    assert result.wrong == []
    assert {figure for figure, value in result.figures.items() if value > 0} >= {"events_per_second", "peak_mb"}


def _faulty(fault):
    script = pathlib.Path(faulty_peer.__file__)
    return Peer("faulty", lambda: [sys.executable, "-B", script, fault])


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("none", None),
        ("mail-lost", "39 mails, not 40"),
        ("mail-doubled", "41 mails, not 40"),
        ("mail-misdirected", "39 recipients, not 40"),
        ("row-lost", "39 rows, not 40"),
        ("row-doubled", "41 rows, not 40"),
        ("row-not-sent", "39 events sent by their rows, not 40"),
        ("ack-lost", "1 messages left in the queues, not 0"),
    ],
)
def test_a_peer_that_does_not_do_all_of_the_work_counts_for_nothing(fault, complaint, site, folder):
    result = drain(_faulty(fault), site, folder, SETTINGS, events=40, patience=2)
    assert (complaint in result.wrong) if complaint else result.wrong == []


def test_a_run_without_its_spans_counts_for_nothing(site, folder):
    class Silent(Notifyd):
        def variables(self, *arguments):
            return {**super().variables(*arguments), "OTEL_TRACES_SAMPLER": "always_off"}

    result = drain(Silent(), site, folder, Settings(), events=40, patience=5)
    assert result.wrong == ["0 spans, not 200"]


def test_every_fault_of_the_faulty_peer_is_tried():
    mark = next(each for each in test_a_peer_that_does_not_do_all_of_the_work_counts_for_nothing.pytestmark)
    assert {case[0] for case in mark.args[1]} == set(faulty_peer.FAULTS)


def test_a_wrong_run_is_in_no_median_and_a_missed_target_is_said():
    drain_scenario = next(each for each in scenarios.SCENARIOS if each.name == "drain")
    right = Result([], {"events_per_second": 100.0, "cpu_per_1000": 1.0, "peak_mb": 39.0})
    results = {
        "notifyd": [right, Result(["39 rows, not 40"], {"events_per_second": 10_000.0})],
        "go": [Result([], {"events_per_second": 50.0, "cpu_per_1000": 4.0, "peak_mb": 10.0})],
    }
    assert medians(results)["notifyd"]["events_per_second"] == 100
    lines = table(drain_scenario, results).splitlines()
    assert "- MISS: events/s, ratio to go 2.00, to be ≥ 4.00" in lines
    assert "- pass: CPU s/1,000, ratio to go 0.25, to be ≤ 0.40" in lines
    assert "- ?: events/s, ratio to limit not measured, to be ≥ 0.50" in lines
    assert any("1 of 2" in line for line in lines)
    assert any(line.startswith("| notifyd / go") and " 2.00 |" in line for line in lines)


def test_memory_counts_as_grown_by_what_it_gained_after_it_had_settled():
    samples = [(0.0, 0, 10_000_000), (9.0, SETTLED, 40_000_000), (18.0, 2 * SETTLED, 44_000_000)]
    assert growth(samples) == pytest.approx(0.1)
    assert growth(samples[:2]) is None, "a run that ends when the memory settles says nothing of what comes after"
    assert course(samples) == "0 (0 s) 10.0 MB, 50,000 (9 s) 40.0 MB, 100,000 (18 s) 44.0 MB"


@needs_histogram
def test_latency_at_a_fixed_load_is_measured_by_the_acknowledgements_that_pass(site, folder):
    result = latency(KNOWN["limit"], site, folder, SETTINGS, rate=200, events=200)
    assert result.wrong == []
    ordered = [result.figures[name] for name in ("p50", "p95", "p99", "p99.9")]
    assert ordered == sorted(ordered) and ordered[0] > 0


@needs_histogram
def test_an_event_that_is_not_acknowledged_makes_the_latency_of_the_others_count_for_nothing(site, folder):
    result = latency(_faulty("ack-lost"), site, folder, SETTINGS, rate=100, events=50, patience=2)
    assert "1 events without an acknowledgement" in result.wrong and result.figures == {}


@needs_histogram
def test_a_stall_counts_for_every_event_that_was_due_in_it(folder):
    # 1,000 events a second for a second; nothing is answered until its end, then all at once.
    begin, rate = 5_000_000_000, 1000
    file = folder / "acknowledged"
    file.write_bytes(array.array("q", [begin + 1_000_000_000] * rate).tobytes())
    script = programs.SOURCES / "load/percentiles.py"
    found = json.loads(subprocess.check_output([programs.PYTHON, "-B", script, file, str(begin), str(rate)]))
    assert found["p50"] == pytest.approx(501, rel=0.01) and found["p99"] == pytest.approx(990, rel=0.01)

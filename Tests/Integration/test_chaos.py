"""A short form of `make chaos`: every kind of fault once, in two rounds; nothing is lost, nothing is sent twice."""

import random

import pytest

from chaos import campaign, summary
from chaos.faults import KINDS

EVENTS = 45  # facts of each of a round's three sites: one, two and four replicas
FIXED_SEED = 1


def test_whatever_fails_each_event_ends_in_exactly_one_state_and_each_notification_is_sent_once(folder):
    # One whose seed is always the same, and one that was never seen before, with the other half of the faults.
    fresh = random.SystemRandom().randrange(2, 10**6)
    print(f"chaos: seeds {FIXED_SEED} and {fresh}")
    results = list(campaign.run([(FIXED_SEED, 1), (fresh, 0)], EVENTS, folder / "chaos"))
    print(summary.table(results))
    violations = [violation for result in results for violation in result.violations]
    if violations:
        pytest.fail("\n\n".join(violations), pytrace=False)
    assert sum(result.lost + result.doubled for result in results) == 0
    injected = set().union(*(result.faults for result in results))
    assert injected == set(KINDS), f"these faults did not come to pass: {sorted(set(KINDS) - injected)}"

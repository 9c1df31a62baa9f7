"""Compares what was published with what the tables and the providers say: exactly, fact by fact."""

from harness import DeadlinePassed, wait_until

from .evidence import Evidence
from .fact_check import FactCheck
from .story import tell

_UNFINISHED = """
    SELECT (SELECT count(*) FROM notifications.event
            WHERE lease_until IS NOT NULL OR 'open' = ANY (states) OR 'parked' = ANY (states))
         + (SELECT count(*) FROM notifications.parked WHERE hold <> 'uncertain')
         + (SELECT count(*) FROM notifications.notification_log WHERE status IN ('retrying', 'paused')) AS n
"""


def is_at_rest(site):
    """Nothing is in work, parked or queued, but for what is on hold; and every replica is back."""
    rows = site.audit.query(_UNFINISHED)
    if not rows or rows[0]["n"]:
        return False
    try:
        if site.world.queue_depth() or site.world.dead_queue_depth():
            return False
        return _unacknowledged(site) == 0
    except Exception:  # noqa: BLE001: whatever pika says of a broker that is on its way up
        return False


def check_holds(site, result, plan):
    """What is on hold has its row, and its body."""
    evidence = Evidence(site)
    for row in evidence.tables["notification_log"]:
        if row["status"] == "uncertain":
            bodies = [each for each in evidence.tables["parked"] if each["notification_id"] == row["id"]]
            if [each["hold"] for each in bodies] != ["uncertain"]:
                result.violations.append(
                    f"{plan.command}, {site.name}: {row['id']} is uncertain, its body is not kept: {bodies}"
                )


def check(site, result, plan):
    """Adds to `result` what the site did, and every difference with its story."""
    evidence = Evidence(site)
    result.events += len(site.published)
    result.notifications += len(evidence.tables["notification_log"])
    result.sent += sum(row["status"] == "sent" for row in evidence.tables["notification_log"])
    result.resent += sum(row["resend_count"] for row in evidence.tables["notification_log"])
    for fact in site.facts:
        about = evidence.about(fact)
        check = FactCheck(site, fact, about)
        check.run()
        result.lost += check.lost
        result.doubled += check.doubled
        if check.wrong:
            story = tell(site, fact, about, plan)
            result.violations.append(f"{plan.command}, {site.name}: {'; '.join(check.wrong)}\n{story}")
    for what in ("events", "log", "parked", "dead", "mails", "requests"):
        if found := getattr(evidence.rest, what):
            result.violations.append(f"{plan.command}, {site.name}: nobody published this: {what} {found[:3]}")


def check_queues_stay_empty(site, result, plan):
    """After the drains nothing has come back."""
    try:
        wait_until(lambda: is_at_rest(site), 30, "")
    except DeadlinePassed:
        result.violations.append(
            f"{plan.command}, {site.name}: something is left after the drain: {site.world.broker.queues()}, "
            f"unfinished {site.audit.query(_UNFINISHED)}"
        )


def _unacknowledged(site):
    """Messages in both queues, those in flight included."""
    queues = site.world.broker.queues()
    return sum(queues[name]["messages"] for name in (site.world.queue, site.world.dead_queue))

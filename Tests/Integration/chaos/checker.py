"""Compares what was published with what the tables and the providers say: exactly, fact by fact."""

import collections

from harness import DeadlinePassed, wait_until

from .evidence import Evidence
from .site import ATTEMPTS
from .story import tell

FINAL = {"sent", "failed", "rejected", "expired", "suppressed"}
PERMANENT_TWILIO = {"twilio.21211", "twilio.21610"}

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
                result.violations.append(f"{plan.command}, {site.name}: {row['id']} is uncertain, its body is not kept: {bodies}")


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


class FactCheck:
    """The rules for one fact."""

    def __init__(self, site, fact, about):
        self.site, self.fact, self.about = site, fact, about
        self.wrong = []
        self.lost = self.doubled = 0

    def run(self):
        rejections = [row for row in self.about.log if row["status"] == "rejected"]
        notifications = [row for row in self.about.log if row["status"] != "rejected"]
        self._rejected(rejections)
        self._events()
        self._notifications(notifications)
        self._delivered(notifications)
        self._dead_letters()
        if self.about.parked:
            self.wrong.append(f"{len(self.about.parked)} rows of parked are left")

    def _rejected(self, rows):
        expected = set(self.fact.rejected)
        if self.fact.may_conflict:
            taken = {row["event_id"] for row in self.about.events if row["dedupe_key"] == self.fact.key}
            expected = set(self.fact.may_conflict) - taken
        found = collections.Counter(row["event_id"] for row in rows)
        if found != collections.Counter(expected):
            self.wrong.append(f"rejected should be {sorted(expected)}, is {dict(found)}")

    def _events(self):
        expected = len(self.fact.expected) and 1
        if self.fact.is_anonymous:
            # Copies that the publisher repeated, because its connection broke, are requests like any other.
            fewest, most = len(self.fact.messages), self.site.times_published(self.fact)
            if not fewest <= len(self.about.events) <= most:
                self.wrong.append(f"{len(self.about.events)} events of {fewest} to {most} messages without an id")
        elif len([row for row in self.about.events if not row["dedupe_key"].startswith("rejected:")]) != expected:
            self.wrong.append(f"{len(self.about.events)} rows of event, not {expected}")
        for row in self.about.events:
            if row["lease_until"] is not None:
                self.wrong.append("a claim is left")
            if set(row["states"]) - {"settled"}:
                self.wrong.append(f"its states are {row['states']}")

    def _notifications(self, rows):
        expected = collections.Counter(channel for channel, _ in self.fact.expected)
        if self.fact.is_anonymous:
            expected["email"] = max(expected["email"], len(self.about.events))
        found = collections.Counter(row["channel"] for row in rows)
        # What ends before its channels are known has the one row.
        if found != expected and not (list(found) == ["none"] and found["none"] == 1 and self._may_fail_whole()):
            self.wrong.append(f"rows of the log by channel: {dict(found)}, not {dict(expected)}")
            self.lost += max(0, sum(expected.values()) - len(rows))
        allowed = dict(self.fact.expected)
        for row in rows:
            status = row["status"]
            if status not in FINAL:
                self.wrong.append(f"{row['channel']} is {status} for ever")
            elif status not in allowed.get(row["channel"], set()) and not self._explains(row):
                self.wrong.append(f"{row['channel']} is {status} ({row['error_code']}), which nothing explains")

    def _may_fail_whole(self):
        return self.fact.kind in ("contact later", "contact never", "unknown type")

    def _explains(self, row):
        """Whether a fault is the reason for a status that was not to be expected."""
        if row["status"] != "failed":
            return False
        code = row["error_code"] or ""
        if code.startswith("smtp.5"):
            return any(f"smtp.{refusal.reply[:3]}" == code for refusal in self.about.refusals)
        if code.startswith("http.4"):
            # Half an answer: its status is there, Twilio's code is not.
            return any(f"http.{request.status}" == code for request in self.about.requests)
        if row["channel"] == "none":
            return self._may_fail_whole() and row["attempts"] >= ATTEMPTS
        # Used up: the provider was away for too long.
        return row["attempts"] >= ATTEMPTS and code not in PERMANENT_TWILIO

    def _delivered(self, rows):
        by_event = collections.defaultdict(list)
        for mail in self.about.mails:
            by_event[mail.event_id].append(mail)
        for row in rows:
            if row["channel"] == "email":
                self._count(row, len(by_event.get(row["event_id"], [])))
                ids = {mail.message_id for mail in by_event.get(row["event_id"], [])}
                if len(ids) > 1:
                    self.wrong.append(f"its copies have different Message-IDs: {sorted(ids)}")
        strangers = set(by_event) - {row["event_id"] for row in rows if row["channel"] == "email"}
        if strangers:
            self.wrong.append(f"mails under event ids {sorted(strangers)}, which have no row")
        for row in rows:
            if row["channel"] == "sms":
                self._count(row, sum(map(_may_be_delivered, self.about.requests)), sum(bool(each.sid) for each in self.about.requests))

    def _count(self, row, most, fewest=None):
        """`most`: what the provider may have delivered; `fewest`: what it accepted for sure, where that differs."""
        fewest = most if fewest is None else fewest
        is_sent = row["status"] == "sent"
        if is_sent and fewest == 0:
            self.lost += 1
            self.wrong.append(f"{row['channel']} is sent, and the provider has nothing")
        if most > is_sent + row["resend_count"]:
            self.doubled += 1
            self.wrong.append(f"the provider got it {most} times; status {row['status']}, resend_count {row['resend_count']}")

    def _dead_letters(self):
        dead = collections.Counter(row["reason"] for row in self.about.dead)
        expected = collections.Counter(
            row["status"] for row in self.about.log if row["status"] in ("failed", "rejected")
        )
        if dead != expected:
            self.wrong.append(f"dead letters {dict(dead)}, the log says {dict(expected)}")


def _may_be_delivered(request):
    """Whether Twilio may have taken it: any answer but an explicit refusal (503 is one)."""
    return request.status < 300 or (request.status >= 500 and request.status != 503)

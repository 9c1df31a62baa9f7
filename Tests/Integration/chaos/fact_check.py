"""What must be true of a fact at the end, whatever happened meanwhile."""

import collections

from .site import ATTEMPTS

FINAL = {"sent", "failed", "rejected", "expired", "suppressed"}


class FactCheck:
    """The rules for one fact."""

    def __init__(self, site, fact, about):
        self.site, self.fact, self.about = site, fact, about
        self.wrong = []
        self.lost = self.doubled = 0

    def run(self):
        rejections = [row for row in self.about.log if row["status"] == "rejected"]
        notifications = [row for row in self.about.log if row["status"] != "rejected" and not self._is_buried(row)]
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
        expected -= self._buried
        found = collections.Counter(row["event_id"] for row in rows)
        if found != collections.Counter(expected):
            self.wrong.append(f"rejected should be {sorted(expected)}, is {dict(found)}")

    def _events(self):
        expected = len(self.fact.expected) and not self._all_buried and 1
        if self.fact.is_anonymous:
            # Copies that the publisher repeated, because its connection broke, are requests like any other. A broker
            # that goes down may forget that it delivered a message, and that it was acknowledged: without an id it is new.
            published = self.site.times_published(self.fact)
            fewest = self._fewest()
            most = published * (1 + self.site.broker_ends)
            if not fewest <= len(self.about.events) <= most:
                self.wrong.append(f"{len(self.about.events)} events of {fewest} to {most} messages without an id")
        elif len([row for row in self.about.events if not row["dedupe_key"].startswith("rejected:")]) != expected:
            self.wrong.append(f"{len(self.about.events)} rows of event, not {expected}")
        for row in self.about.events:
            if row["lease_until"] is not None:
                self.wrong.append("a claim is left")
            if set(row["states"]) - {"settled"}:
                self.wrong.append(f"its states are {row['states']}")

    def _fewest(self):
        """Events there must be of messages without an id.

        Where a connection broke behind an acknowledgement, what comes again of equal messages is taken for the
        acknowledged one's redelivery: nothing tells them apart, and the contract has decided so.
        """
        return max(0 if self._buried else 1, len(self.fact.messages) - self.about.duplicates - len(self._buried))

    def _notifications(self, rows):
        expected = collections.Counter(() if self._all_buried else [channel for channel, _ in self.fact.expected])
        if self.fact.is_anonymous:
            expected["email"] = max(self._fewest(), len(self.about.events) - len(self._buried))
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

    def _is_buried(self, row):
        """Whether a message was given up undecoded: it was often there when a daemon died, and nobody knows better."""
        return row.get("error_code") == "claims.exhausted" and self.site.crashes >= 2 and row["channel"] == "none"

    @property
    def _buried(self):
        return {row["event_id"] for row in self.about.log if self._is_buried(row)}

    @property
    def _all_buried(self):
        return len(self._buried) >= len(self.fact.ids or self.fact.messages)

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
        return row["attempts"] >= ATTEMPTS

    def _delivered(self, rows):
        """The provider has each once, but for what was sent again, which the row knows."""
        by_event = collections.defaultdict(list)
        for mail in self.about.mails:
            by_event[mail.event_id].append(mail)
        for row in rows:
            if row["channel"] == "email":
                copies = by_event.pop(row["event_id"], [])
                self._count(row, accepted=len(copies), at_most=len(copies), again=row["resend_count"])
                ids = {mail.message_id for mail in copies}
                if len(ids) > 1:
                    self.wrong.append(f"its copies have different Message-IDs: {sorted(ids)}")
            elif row["channel"] == "sms":
                accepted = sum(bool(request.sid) for request in self.about.requests)
                at_most = sum(map(_may_be_delivered, self.about.requests))
                # Nothing but an operator has an SMS sent again.
                self._count(row, accepted, at_most, again=self.site.resent[row["id"]])
        if by_event:
            self.wrong.append(f"mails under event ids that have no row: {sorted(by_event)}")

    def _count(self, row, accepted, at_most, again):
        """`accepted` for sure, `at_most` delivered, `again` so often for a reason."""
        is_sent = row["status"] == "sent"
        if is_sent and accepted == 0:
            self.lost += 1
            self.wrong.append(f"{row['channel']} is sent, and the provider has nothing")
        outcomes = [each["outcome"] for each in self.about.attempts if each["notification_id"] == row["id"]]
        if is_sent and "accepted" not in outcomes:
            self.wrong.append(f"{row['channel']} is sent, and no attempt of it was accepted")
        if at_most > is_sent + again:
            self.doubled += 1
            self.wrong.append(
                f"the provider got the {row['channel']} {at_most} times; status {row['status']}, "
                f"sent again {again} times, resend_count {row['resend_count']}"
            )

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

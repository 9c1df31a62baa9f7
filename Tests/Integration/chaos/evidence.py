"""Everything a site's tables, providers and logs say, read once and sorted by whom it concerns."""

import collections
import dataclasses

TABLES = ("event", "notification_log", "delivery_attempt", "parked", "dead_letter", "anonymous_event")


@dataclasses.dataclass
class About:
    """What concerns one fact."""

    events: list = dataclasses.field(default_factory=list)
    anonymous: list = dataclasses.field(default_factory=list)  # ids that the daemon made
    log: list = dataclasses.field(default_factory=list)
    attempts: list = dataclasses.field(default_factory=list)
    parked: list = dataclasses.field(default_factory=list)
    dead: list = dataclasses.field(default_factory=list)
    mails: list = dataclasses.field(default_factory=list)
    refusals: list = dataclasses.field(default_factory=list)
    requests: list = dataclasses.field(default_factory=list)
    duplicates: int = 0  # messages that a daemon acknowledged as its events' redeliveries


class Evidence:
    """`about(fact)`, and `rest`: what concerns no fact at all."""

    def __init__(self, site):
        self.site = site
        self.tables = {name: site.audit.query(f"SELECT * FROM notifications.{name}") for name in TABLES}
        self._by_key = {fact.key: fact for fact in site.facts if fact.key}
        self._by_tag = {fact.tag: fact for fact in site.facts}
        self._by_id = {event_id: fact for fact in site.facts for event_id in fact.ids}
        self._by_email = {fact.email: fact for fact in site.facts if fact.email}
        self._by_phone = {fact.phone: fact for fact in site.facts if fact.phone}
        self._buried = {}  # facts by the ids of events
        self._about = collections.defaultdict(About)
        self.rest = About()
        self._sort()

    def about(self, fact):
        return self._about[fact.tag]

    def _sort(self):
        self._find_buried()
        by_notification = {}
        for row in self.tables["event"]:
            self._bin(self._fact_of(row)).events.append(row)
        for row in self.tables["notification_log"]:
            fact = self._fact_of(row)
            by_notification[row["id"]] = fact
            self._bin(fact).log.append(row)
        for row in self.tables["delivery_attempt"]:
            self._bin(by_notification.get(row["notification_id"])).attempts.append(row)
        self._sort_anonymous()
        self._count_duplicates()
        for row in self.tables["parked"]:
            self._bin(by_notification.get(row["notification_id"]) or self._fact_of(row)).parked.append(row)
        for row in self.tables["dead_letter"]:
            self._bin(by_notification.get(row["notification_id"]) or self._fact_of(row)).dead.append(row)
        for service in self.site.mail_services:
            for mail in service.mails:
                self._bin(self._by_email.get(mail.recipient)).mails.append(mail)
            for refusal in service.refusals:
                self._bin(self._by_email.get(refusal.recipient)).refusals.append(refusal)
        for request in self.site.twilio.requests:
            self._bin(self._by_phone.get(request.form.get("To"))).requests.append(request)

    def _find_buried(self):
        """A message without an id that was given up undecoded is told by the body of its dead letter alone."""
        bodies = {row["notification_id"]: bytes(row["body"]) for row in self.tables["dead_letter"]
                  if row["error_code"] == "claims.exhausted"}
        for row in self.tables["notification_log"]:
            body = bodies.get(row["id"], b"")
            fact = next((fact for tag, fact in self._by_tag.items() if f'"{tag}"'.encode() in body), None)
            if fact:
                self._buried[row["event_id"]] = fact

    def _sort_anonymous(self):
        """Those that became an event say whose body theirs is, and so whose the others are."""
        by_event = {row["event_id"]: self._fact_of(row) for row in self.tables["event"]}
        rows = self.tables["anonymous_event"]
        by_body = {bytes(row["body_sha256"]): by_event[row["event_id"]] for row in rows if row["event_id"] in by_event}
        for row in rows:
            self._bin(by_body.get(bytes(row["body_sha256"]))).anonymous.append(row)

    def _count_duplicates(self):
        by_event = {row["event_id"]: self._fact_of(row) for row in self.tables["event"]}
        for replica in self.site.replicas:
            # Taken for a copy, or for one of an event in work: of messages without an id the two look the same.
            for line in [*replica.daemon.find("duplicate"), *replica.daemon.find("claimed elsewhere")]:
                self._bin(by_event.get(line["event_id"])).duplicates += 1

    def _fact_of(self, row):
        """By the event's id, which is the surest; by its key; by its recipient."""
        return (
            self._by_id.get(row.get("event_id"))
            or self._by_key.get(row.get("dedupe_key"))
            or self._by_tag.get(row.get("recipient_id"))
            or self._by_id.get((row.get("dedupe_key") or "").partition(":")[2])
            or self._buried.get(row.get("event_id"))
        )

    def _bin(self, fact):
        return self._about[fact.tag] if fact else self.rest

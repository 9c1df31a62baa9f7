"""One test's own exchange, queues, database and providers, on servers that the whole run shares."""

import json
import re

import harness
from harness import Daemon, Event

from .audit import Audit
from .events import unique
from .waiting import eventually

ANY_ID = object()


def variable(key):
    """The environment's name of a key: `rabbitmq.deadLetterExchange` is NOTIFYD_RABBITMQ_DEAD_LETTER_EXCHANGE."""
    return "NOTIFYD_" + re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).replace(".", "_").upper()


class World:
    """What a test works with.

    `start` runs a daemon whose environment points at everything here; `publish` is another service; `audit` reads
    Postgres as an operator would; `smtp` and `twilio` are the providers; `command` is a user at a shell.
    """

    twilio_from = "+15005550006"

    def __init__(self, *, broker, postgres, publisher, smtp, twilio, folder):
        self.broker, self.postgres, self.publisher = broker, postgres, publisher
        self.smtp, self.twilio, self.folder = smtp, twilio, folder
        self.name = unique("t").replace("-", "_")
        self.exchange = f"{self.name}.events"
        self.queue = f"{self.name}.notifications"
        self.dead_letter_exchange = f"{self.name}.dlx"
        self.dead_queue = f"{self.queue}.dead"
        self.database_url = postgres.create_database(self.name)
        self.audit = Audit(self.database_url)
        self.daemons = []

    @property
    def daemon(self):
        """The one started last."""
        return self.daemons[-1]

    def settings(self, more=()):
        """Every key of the configuration that points at this world, and `more`; a key with None is left out."""
        return {
            "rabbitmq.url": self.broker.url(),
            "rabbitmq.exchange": self.exchange,
            "rabbitmq.queue": self.queue,
            "rabbitmq.deadLetterExchange": self.dead_letter_exchange,
            "database.url": self.database_url,
            "email.from": "Shop <shop@notify.example>",
            "smtp.url": self.smtp.url,
            "twilio.accountSid": self.twilio.account,
            "twilio.authToken": self.twilio.token,
            "twilio.from": self.twilio_from,
            "twilio.baseUrl": self.twilio.url,
            "http.listen": "off",
            **dict(more),
        }

    def variables(self, more=(), environment=()):
        """The same as environment variables, and `environment` beside them."""
        named = {variable(key): str(value) for key, value in self.settings(more).items() if value is not None}
        return {**named, **dict(environment)}

    # The daemon

    def prepare(self, settings=(), environment=(), within=()):
        """A daemon that was not started; `within` a command that runs it."""
        folder = self.folder / f"daemon-{len(self.daemons)}"
        folder.mkdir()
        daemon = Daemon(self.variables(settings, environment), folder, within=within)
        self.daemons.append(daemon)
        return daemon

    def start(self, settings=(), environment=(), within=()):
        """A daemon that consumes."""
        return self.prepare(settings, environment, within).start()

    def command(self, *arguments, settings=(), environment=(), stdin="", status=0):
        """Runs a command to its end, with the daemon's settings, and checks its exit status."""
        outcome = harness.notifyd(*arguments, variables=self.variables(settings, environment), stdin=stdin,
                                  folder=self.folder)
        assert outcome.status == status, (
            f"notifyd {' '.join(map(str, arguments))} ended with {outcome.status}, not {status}\n"
            f"{outcome.output}\n{outcome.errors}")
        return outcome

    # Publishing

    def publish(self, event_type, data, message_id=ANY_ID, **properties):
        """One event, confirmed; returns its id."""
        message_id = unique("evt") if message_id is ANY_ID else message_id
        self._publish([Event(event_type, data, message_id=message_id, **properties)])
        return message_id

    def publish_raw(self, routing_key, body, message_id=ANY_ID, exchange=None, **properties):
        """Any bytes under any routing key; returns the id."""
        assert isinstance(body, bytes)
        message_id = unique("evt") if message_id is ANY_ID else message_id
        self._publish([Event(routing_key, body, message_id=message_id, **properties)], exchange)
        return message_id

    def publish_many(self, events):
        """(type, data, id) each; waits for all confirms."""
        self._publish([Event(event_type, data, message_id=event_id) for event_type, data, event_id in events])

    def begin_publishing(self, events):
        """The same without waiting: `publisher.wait()`."""
        self.publisher.exchange = self.exchange
        self.publisher.begin(*[Event(event_type, data, message_id=event_id) for event_type, data, event_id in events])

    def _publish(self, events, exchange=None):
        self.publisher.exchange = exchange or self.exchange
        self.publisher.publish(*events)

    def bind(self, key):
        """As an operator would, for a type that the catalogue does not know."""
        with self.broker.connect() as connection:
            connection.channel().queue_bind(self.queue, self.exchange, key)

    # What must come of it

    def settled(self, event_id, status, within=20):
        """The event's one row, once it has that status."""

        def row():
            found = self.audit.row(event_id)
            return found if found and found["status"] == status else None

        def told():
            found = self.audit.log(event_id=event_id)
            shown = [{name: each[name] for name in ("status", "channel", "attempts", "error_code", "error")}
                     for each in found]
            ending = self.daemon.tail(8) if self.daemons else ""
            return f"a row of {event_id} with status {status}; there is {shown}\n{ending}"

        return eventually(row, told, within=within)

    def queue_depth(self):
        """Messages that wait in the queue, those that the daemon has not counted."""
        return self.broker.ready_messages(self.queue)

    def dead_queue_depth(self):
        return self.broker.ready_messages(self.dead_queue)

    def wait_until_all_is_acked(self, within=20):
        """Until both queues hold nothing, neither ready nor unacknowledged."""

        def empty():
            queues = self.broker.queues()
            return all(queues[name]["messages"] == 0 for name in (self.queue, self.dead_queue))

        eventually(empty, lambda: f"both queues empty; {json.dumps(self.broker.queues())}", within=within)

    def mail_of(self, event_id):
        """The one mail that was accepted for an event."""
        found = [mail for mail in self.smtp.messages if mail.message["Notifyd-Event-ID"] == event_id]
        assert len(found) == 1, f"event {event_id} was mailed {len(found)} times"
        return found[0]

    def close(self):
        for daemon in self.daemons:
            daemon.__exit__()
        self.audit.close()
        with self.broker.connect() as connection:
            channel = connection.channel()
            channel.queue_delete(self.queue)
            channel.queue_delete(self.dead_queue)
            channel.exchange_delete(self.exchange)
            channel.exchange_delete(self.dead_letter_exchange)

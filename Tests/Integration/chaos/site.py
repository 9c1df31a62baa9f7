"""One place where the daemon is in use: its queue, database, providers, replicas, and a proxy before each server."""

import collections
import contextlib

from harness import Database, Proxy, Publisher, TwilioFake
from helpers.world import World

from .clock import ShiftedClock
from .facts import UNKNOWN_TYPE, known_set, plain_facts, tell_providers, write_catalogue
from .mail_service import MailService
from .replica import Replica

RETRY_DELAYS = "200ms,500ms,1s,2s,2s,2s,2s,2s"
ATTEMPTS = 1 + len(RETRY_DELAYS.split(","))
SETTINGS = {
    "send.timeout": "1s",
    "claim.lease": "12s",
    "retry.delays": RETRY_DELAYS,
    "smtp.answerTimeout": "2s",
    "smtp.connections": 8,
    "smtp.username": MailService.credentials[0],
    "smtp.password": MailService.credentials[1],
    "sms.providers": "twilio",
    "rabbitmq.heartbeat": "5s",
    "rabbitmq.prefetch": 32,
    "shutdown.drain": "5s",
    "log.level": "info,pipeline=debug",
}


class Site:
    """`proxies` by server: broker, postgres, smtp, twilio; `facts` are what it publishes, `replicas` what consumes.

    `mail` is the first provider of emails, which faults meet; with `backup` there is a second one, which they do not.
    """

    def __init__(self, name, servers, folder, timeline, backup=False):
        self.name, self.timeline = name, timeline
        self.folder = folder
        with contextlib.ExitStack() as stack:
            self._open_servers(servers, backup, stack)
            self._stack = stack.pop_all()
        self.clock = ShiftedClock(folder)  # of all its replicas
        self.replicas = []
        self.facts = []
        self.published = []  # (fact, message), in order
        self.resent = collections.Counter()  # notifications on hold that an operator had sent again, by id

    def _open_servers(self, servers, backup, stack):
        self.mail = stack.enter_context(MailService())
        self.backup = stack.enter_context(MailService()) if backup else None
        self.twilio = stack.enter_context(TwilioFake())
        self.publisher = stack.enter_context(Publisher(servers.broker.url()))
        self.world = World(
            broker=servers.broker,
            postgres=servers.postgres,
            publisher=self.publisher,
            smtp=self.mail,
            twilio=self.twilio,
            folder=self.folder,
        )
        stack.callback(self.world.audit.close)
        ports = {
            "broker": servers.broker.port,
            "postgres": servers.postgres.port,
            "smtp": self.mail.port,
            "twilio": self.twilio.port,
        }
        self.proxies = {server: stack.enter_context(Proxy(port)) for server, port in ports.items()}

    @property
    def mail_services(self):
        return [self.mail, self.backup] if self.backup else [self.mail]

    @property
    def audit(self):
        return self.world.audit

    def settings(self):
        def through(server, url):
            proxy = self.proxies[server]
            return url.replace(f":{proxy.target}", f":{proxy.port}")

        world = self.world.settings()
        return {
            **SETTINGS,
            **self._backup_settings(),
            "rabbitmq.url": through("broker", world["rabbitmq.url"]),
            "database.url": through("postgres", world["database.url"]),
            "smtp.url": through("smtp", world["smtp.url"]),
            "twilio.baseUrl": through("twilio", world["twilio.baseUrl"]),
            "links.hosts": "app.example.com",
            "catalogue.path": write_catalogue(self.folder / "catalogue"),
        }

    def _backup_settings(self):
        if not self.backup:
            return {}
        return {
            "email.providers": "smtp,backup",
            "smtp.backup.url": self.backup.url,
            "smtp.backup.username": MailService.credentials[0],
            "smtp.backup.password": MailService.credentials[1],
            "smtp.backup.answerTimeout": SETTINGS["smtp.answerTimeout"],
        }

    def variables(self):
        return self.world.variables(self.settings(), self.clock.variables)

    def open(self, replicas):
        """Starts the replicas; returns when the first of them consumes."""
        for number in range(replicas):
            name = f"{self.name}/{number}"
            folder = self.folder / f"replica-{number}"
            replica = Replica(name, self.variables(), folder, self.timeline, self.name)
            self.replicas.append(replica)
            self._stack.callback(replica.close)
        self.replicas[0].start()
        self.replicas[0].daemon.wait_for("consuming", timeout=60)
        for replica in self.replicas[1:]:
            replica.start()
        self.world.bind(UNKNOWN_TYPE)

    def draw_facts(self, count, rng):
        self.facts = known_set(self.world.name, count, rng)
        for fact in self.facts:
            tell_providers(fact, self.mail_services, self.twilio)

    def publish_more(self, count, rng):
        """Plain facts beside those that were drawn, at once."""
        more = plain_facts(self.world.name, len(self.facts), count, rng)
        self.facts += more
        for fact in more:
            for message in fact.messages:
                self.publish(fact, message)

    def publish(self, fact, message):
        """Hands it to the publisher; does not wait."""
        self.published.append((fact, message))
        self.publisher.exchange = self.world.exchange
        self.publisher.begin(message)

    def times_published(self, fact):
        """How often the broker was given messages of this fact, the publisher's own repetitions included."""
        pairs = zip(self.published, self.publisher.times, strict=False)
        return sum(times for (published, _), times in pairs if published is fact)

    @property
    def crashes(self):
        """Deaths of daemons, at a step or by `kill -9`."""
        return self.timeline.count(self.name, "met its crash") + self.timeline.count(self.name, "is dead")

    @property
    def broker_ends(self):
        """How often the broker went down. It may forget acknowledgements that its channels have answered behind: a quorum
        queue writes them down a little later."""
        return sum(self.timeline.count(self.name, f"begins: broker {how}") for how in ("killed and started", "restart"))

    def supervise(self):
        for replica in self.replicas:
            replica.supervise()

    def heal(self):
        """Everything of its own is as it should be again."""
        self.clock.set(0)
        for proxy in self.proxies.values():
            proxy.pass_on()
        for replica in self.replicas:
            replica.thaw()

    def remove(self):
        """Its queues and its database, which hundreds of rounds would fill the servers with."""
        self.world.close()
        self.publisher.close()
        with Database(self.world.postgres.url()) as database:
            database.execute(f'DROP DATABASE "{self.world.name}" WITH (FORCE)')

    def close(self):
        self._stack.close()



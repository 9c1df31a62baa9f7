"""Every kind of fault: how it begins, how it ends, and what it must not overlap with."""

import dataclasses
import typing

from harness import Answer

from .mail_service import Fault
from .replica import CrashPoint

CRASH_STEPS = ("receive", "claim", "begin", "last_byte", "accepted", "settle", "ack")


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of fault.

    `begin(target, rng)` and `end(target)`; `target` is a Site, or the Servers where `is_global`. Of one `lane` only one
    is there at a time. `costs_claim` kinds let a claim expire: an event may meet five of them at most.
    """

    name: str
    lane: str
    begin: typing.Callable
    end: typing.Callable = None
    longest: float = 2.0  # seconds
    is_global: bool = False
    costs_claim: bool = False


def _links():
    """What networks do, before each server."""
    for server in ("broker", "postgres", "smtp", "twilio"):
        ways = {
            "reset": lambda proxy, rng: proxy.cut(),
            "closed": lambda proxy, rng: proxy.cut(reset=False),
            "refused": lambda proxy, rng: proxy.refuse(),
            "stalled": lambda proxy, rng: proxy.stall(),
            "swallowed": lambda proxy, rng: proxy.black_hole(),
            "swallowed, connects hang": lambda proxy, rng: proxy.black_hole(hang_connects=True),
            "half an answer": lambda proxy, rng: proxy.half_answer(rng.randrange(200)),
            "half an answer, cut": lambda proxy, rng: proxy.half_answer(rng.randrange(200), cut=True),
            "slow": lambda proxy, rng: proxy.throttle(rng.choice([2000, 20000])),
        }
        for way, act in ways.items():
            yield Kind(
                f"{server} link {way}",
                f"{server} link",
                lambda site, rng, server=server, act=act: act(site.proxies[server], rng),
                lambda site, server=server: site.proxies[server].pass_on(),
                longest=0.1 if way in ("reset", "closed") else 4.0,
            )


def _mail():
    answers = {
        "421 at the greeting": ("greeting", "421 4.3.2 busy"),
        "421 at MAIL": ("mail", "421 4.3.2 going down"),
        "450 at MAIL": ("mail", "450 4.3.0 later"),
        "550 at MAIL": ("mail", "550 5.7.1 not you"),
        "450 at RCPT": ("rcpt", "450 4.2.1 later"),
        "550 at RCPT": ("rcpt", "550 5.1.1 nobody"),
        "451 at DATA": ("data", "451 4.3.0 later"),
        "450 after the dot": ("dot", "450 4.3.0 later"),
        "550 after the dot": ("dot", "550 5.7.1 spam"),
        "535 at AUTH": ("auth", "535 5.7.8 bad credentials"),
        "silence at the greeting": ("greeting", Fault.SILENCE),
        "silence at MAIL": ("mail", Fault.SILENCE),
        "silence after the dot": ("dot", Fault.SILENCE),
        "half an answer at MAIL": ("mail", Fault.HALF),
        "half an answer after the dot": ("dot", Fault.HALF),
        "half an answer after the dot, cut": ("dot", Fault.HALF_CUT),
        "cut at RCPT": ("rcpt", Fault.CUT),
        "cut after the dot": ("dot", Fault.CUT),
    }
    for name, (step, answer) in answers.items():
        yield Kind(
            f"SMTP {name}",
            "SMTP",
            lambda site, rng, step=step, answer=answer: site.mail.answer(step, answer),
            lambda site, step=step: site.mail.answer(step, None),
        )


def _sms():
    answers = {
        "429": Answer(429, 20429, retry_after=1),
        "500": Answer(500, 20500),
        "503": Answer(503, 20503),
        "401": Answer(401, 20003),
        "silence": Answer(delay=3),
        "cut": Answer(close=True),
    }
    for name, answer in answers.items():
        yield Kind(
            f"Twilio {name}",
            "Twilio",
            lambda site, rng, answer=answer: site.twilio.answer(None, answer),
            lambda site: site.twilio.answer(None, Answer()),
        )


def _daemons():
    for step in CRASH_STEPS:
        yield Kind(
            f"crash at {step}",
            "daemons",
            lambda site, rng, step=step: _crash(rng.choice(site.replicas), CrashPoint(step, rng.randint(1, 4))),
            costs_claim=True,
        )
    yield Kind("kill", "daemons", lambda site, rng: rng.choice(site.replicas).kill(), costs_claim=True)
    yield Kind("drain", "daemons", lambda site, rng: rng.choice(site.replicas).drain())
    yield Kind("reload", "daemons", lambda site, rng: [replica.reload() for replica in site.replicas])
    yield Kind("freeze", "daemons", lambda site, rng: rng.choice(site.replicas).freeze(), _thaw, longest=3.0)
    # Beyond the lease: others take its work over, and it comes back with a token that is no longer good.
    yield Kind(
        "freeze beyond the lease",
        "daemons",
        lambda site, rng: rng.choice(site.replicas).freeze(),
        _thaw,
        longest=16.0,
        costs_claim=True,
    )
    # Less than what makes a password reset expire.
    yield Kind("clock half an hour ahead", "clock", lambda site, rng: site.clock.set(1800), _true_clock)
    yield Kind("clock half an hour back", "clock", lambda site, rng: site.clock.set(-1800), _true_clock)


def _crash(replica, point):
    replica.arm(point)
    replica.drain()


def _thaw(site):
    for replica in site.replicas:
        replica.thaw()


def _true_clock(site):
    site.clock.set(0)


def _servers():
    def restart(server, end):
        def act(servers, rng):
            it = getattr(servers, server)

            def run():
                getattr(it, end)()
                it.start()

            return servers.begin(run)

        return act

    def freeze(server):
        return lambda servers, rng: servers.begin(getattr(servers, server).freeze)

    def thaw(server):
        return lambda servers: servers.begin(getattr(servers, server).thaw)

    for server in ("broker", "postgres"):
        for end in ("stop", "kill"):
            name = f"{server} {'restart' if end == 'stop' else 'killed and started'}"
            longest = 8.0 if server == "broker" else 3.0
            yield Kind(name, "servers", restart(server, end), longest=longest, is_global=True)
        yield Kind(f"{server} frozen", "servers", freeze(server), thaw(server), longest=4.0, is_global=True)


KINDS = {kind.name: kind for kind in (*_links(), *_mail(), *_sms(), *_daemons(), *_servers())}

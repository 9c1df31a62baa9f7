"""Every path once, with marked secrets and addresses in all of it, and a look at everything that left the process."""

import base64
import gzip
import json
import urllib.parse

import pytest

import harness
from harness import Answer, Collector, SMTPServer
from helpers.events import payment, reset, signup, traceparent, unique
from helpers.leaks import leaks
from helpers.probes import Probes
from helpers.waiting import eventually

STORAGE_KEY = base64.b64encode(b"S3cr3tStorageKey" * 2).decode()
OTLP_SECRET = "S3cr3tOtlpHeader"


class RawCollector(Collector):
    """Keeps the very bytes of each export, too."""

    def __init__(self):
        super().__init__()
        self.raw = []

    def post(self, exchange):
        body = exchange.body

        def kept():
            data = body()
            self.raw.append(gzip.decompress(data) if exchange.headers.get("Content-Encoding") == "gzip" else data)
            return data

        exchange.body = kept
        return super().post(exchange)


@pytest.fixture
def collector():
    with RawCollector() as collector:
        yield collector


class People:
    """Addresses and numbers that nobody else has; each is a secret from the moment it is used."""

    def __init__(self):
        self.mark = unique("mark").replace("-", "")
        self.secrets = {}
        self._numbers = 0

    def email(self, kind):
        return self._keep(f"address {kind}", f"{kind}.Jane-{self.mark}@Private.example")

    def phone(self, kind):
        self._numbers += 1
        return self._keep(f"phone {kind}", f"+49152077{self._numbers:05}")

    def token(self, kind):
        return self._keep(f"token {kind}", f"tok{kind.replace(' ', '')}{self.mark}S3cr3t")

    def _keep(self, what, secret):
        self.secrets[what] = secret
        return secret


def quoted(address):
    """A server's words that hold an address in many ways."""
    local = address.rpartition("@")[0]
    return (f"<{address}> is {address.lower()}, user {local} ({urllib.parse.quote(address, safe='')}), "
            f"see https://help.example/?e={urllib.parse.quote_plus(address)} {base64.b64encode(address.encode()).decode()}")


def quote_everything(twilio):
    """Its refusals repeat number and text, as well as they can."""
    judge = twilio._judge

    def quoting(exchange, form):
        answer, words = judge(exchange, form)
        number = form.get("To", "")
        spaced = f"{number[:3]} {number[3:6]} {number[6:9]}-{number[9:]} 0{number[3:7]} {number[7:]}"
        return answer, f"{words} {spaced} {urllib.parse.quote(number)} {form.get('Body', '')}"

    twilio._judge = quoting


def send_everything(world, people):
    """One event on each path, each with the status it ends in."""
    good = people.email("good")
    expected = {}

    def event(status, event_type, data, **more):
        headers = {"traceparent": traceparent()[0], "baggage": f"who={urllib.parse.quote(good)}", "x-who": good}
        expected[world.publish(event_type, data, headers=headers, **more)] = status

    def raw(status, event_type, body):
        expected[world.publish_raw(event_type, body)] = status

    bad, slow, busy, linked = (people.email(kind) for kind in ("bad", "slow", "busy", "linked"))
    world.smtp.answer("rcpt", f"550 5.1.1 {quoted(bad)}", recipient=bad)
    world.smtp.answer("rcpt", f"450 4.2.0 {quoted(slow)}", times=1, recipient=slow)
    world.smtp.answer("rcpt", f"451 4.2.0 {quoted(busy)}", recipient=busy)
    event("sent", "user.signup", signup("u-good", good, name=f"Name{people.mark}"))
    event("failed", "payment.completed", payment(email=bad))
    event("sent", "payment.completed", payment(email=slow))
    event("failed", "payment.failed", payment(email=busy, reason="card declined"))

    link = f"https://app.example.com/reset?token={people.token('link')}"
    world.smtp.answer("data", f"554 5.7.1 blocked: {link} and {quoted(linked)}", recipient=linked)
    event("sent", "user.password-reset", reset("u-good", resetUrl=link, email=good))
    event("failed", "user.password-reset", reset("u-link", resetUrl=link, email=linked))
    event("sent", "user.password-reset", {"userId": "u-good", "token": people.token("bare"), "email": good})
    event("expired", "user.password-reset",
          reset("u-good", resetUrl=link, email=good, expiresAt="2020-01-01T00:00:00Z"))
    event("rejected", "user.password-reset",
          reset("u-good", resetUrl=f"https://evil.example/{people.token('evil')}", email=good))
    event("rejected", "user.password-reset", reset("u-good", resetUrl=f"javascript:{people.token('script')}"))

    phone, wrong, stopped, lost, limited = (
        people.phone(kind) for kind in ("phone", "wrong", "stopped", "lost", "limited"))
    world.twilio.answer(wrong, Answer(400, 21211))
    world.twilio.answer(stopped, Answer(400, 21610))
    world.twilio.answer(lost, Answer(close=True))
    world.twilio.answer(limited, Answer(429, 20429), Answer())
    event("sent", "payment.failed", payment("u-phone", phone=phone))
    event("failed", "payment.failed", payment("u-wrong", phone=wrong))
    event("suppressed", "payment.failed", payment("u-stopped", phone=stopped))
    event("uncertain", "payment.failed", payment("u-lost", phone=lost))
    event("sent", "payment.failed", payment("u-limited", phone=limited))

    hidden, name = people.token("hidden"), people.token("name of a field")
    for body in (f'{{"email": "{good}", "token": "{hidden}"', f'"{hidden}"', f'["{hidden}"]', f'{{"{name}": {{}}}}',
                 f'\xff{hidden}', f'{{"userId": {{"{name}": 1}}}}'):
        raw("rejected", "payment.completed", body.encode("latin-1"))
    for field in ("amount", "currency", "userId", "paymentId"):
        event("rejected", "payment.completed", payment(email=good) | {field: {"x": hidden}})
    event("rejected", "payment.completed", payment(email=good, amount=hidden))
    event("rejected", "payment.completed", payment(email=good, currency=hidden))
    event("failed", "user.signup", signup("u-two", f"{good}, {bad}"))
    event("failed", "payment.completed", payment("u-bad-phone", phone=f"{phone}x{hidden}"))
    one = payment(email=good)
    event("sent", "payment.completed", one)
    event("rejected", "payment.completed", one | {"amount": "1.00", "note": hidden})
    event("failed", "order.unknown", {"userId": "u-good", "email": good, "token": hidden})
    event("failed", "payment.completed", payment("u-nobody", note=hidden))
    world.publish("user.updated", {"userId": "u-good", "phone": phone, "name": f"Name{people.mark}"})
    return expected


def run_the_commands(world, settings, environment, events):
    """What an operator looks at, without --reveal."""
    text = []

    def run(*arguments):
        outcome = harness.notifyd(*arguments, variables=world.variables(settings, environment), folder=world.folder)
        text.append(f"$ notifyd {' '.join(map(str, arguments))}\n{outcome.output}{outcome.errors}")

    for form in ((), ("--json",)):
        for command in ("log", "dlq list", "dlq list --by reason", "uncertain list", "config", "check", "migrate",
                        "contact show u-good", "dlq replay --all --dry-run"):
            run(*command.split(), *form)
    # Both forms are made of the same values; one of each kind is enough of the second.
    for index, dead in enumerate(world.audit.dead_letters()):
        run("dlq", "show", dead["id"], *(["--json"] if index % 4 == 0 else []))
    for index, event_id in enumerate(events):
        run("why", event_id, *(["--json"] if index % 4 == 0 else []))
    return "\n".join(text)


def test_nothing_that_leaves_the_process_holds_a_secret_or_an_address(world, collector):
    people = People()
    quote_everything(world.twilio)
    probes = Probes()
    settings = {"sms.providers": "twilio", "retry.delays": "50ms", "log.level": "trace", "storage.key": STORAGE_KEY,
                "links.hosts": "app.example.com", **probes.settings,
                "links.passwordReset": "https://app.example.com/reset?token={token}"}
    environment = collector.environment | {"OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{OTLP_SECRET}"}
    world.start(settings, environment)
    world.bind("order.unknown")
    expected = send_everything(world, people)
    for event_id, status in expected.items():
        world.settled(event_id, status)
    eventually(lambda: world.audit.count("dead_letter") >= 15, "the dead letters")
    commands = run_the_commands(world, settings, environment, expected)
    answers = "\n".join(probes.ask(path)[2] for path in ("/metrics", "/livez", "/readyz"))
    assert "notifyd_notifications_total" in answers and '"components"' in answers
    world.daemon.stop()

    secrets = people.secrets | {
        "the name": f"Name{people.mark}", "Twilio's token": world.twilio.token, "Postgres's": world.postgres.password,
        "RabbitMQ's": world.broker.password, "the collector's": OTLP_SECRET, "the storage key": STORAGE_KEY}
    tables = {f"the table {name}": repr([
        {column: bytes(value) if isinstance(value, memoryview) else value for column, value in row.items()}
        for row in world.audit.query(f"SELECT * FROM notifications.{name}")])
        for name in ("event", "notification_log", "delivery_attempt", "operator_action", "suppression", "parked",
                     "dead_letter")}
    raw = b"".join(collector.raw)
    places = tables | {
        "the log": "\n".join(json.dumps(line, ensure_ascii=False) for line in world.daemon.lines),
        "standard output": "\n".join(world.daemon.other_output), "standard error": world.daemon.errors,
        "the spans": repr(collector.spans), "the spans' bytes": raw, "HTTP": answers, "the commands": commands}
    assert raw and world.daemon.find("provider answered") and "why" in commands
    found = leaks(places, secrets)
    # An operator who asks for a contact is shown the name, and of a body which fields it has.
    shown = (("the commands", "the name"), ("the commands", "token name of a field"))
    found = [each for each in found if each[:2] not in shown]
    assert not found, "\n".join(f"{place} has {what} {form}: …{near}…" for place, what, form, near in found)
    assert world.twilio.account not in raw.decode("latin-1") + repr(collector.spans)


SECRET = "S3cr3tP4ssw0rd"

WRONG_SETTINGS = {
    "amqp port": {"rabbitmq.url": f"amqp://someone:{SECRET}@127.0.0.1:99999/x"},
    "amqp scheme": {"rabbitmq.url": f"http://someone:{SECRET}@127.0.0.1/x"},
    "amqp node": {"rabbitmq.url": f"amqp://someone:{SECRET}@127.0.0.1,amqp://b:{SECRET}@exa mple"},
    "amqp plain": {"rabbitmq.url": f"amqp://someone:{SECRET}@broker.example/x"},
    "postgres port": {"database.url": f"postgres://someone:{SECRET}@127.0.0.1:abc/x"},
    "postgres option": {"database.url": f"postgres://someone:{SECRET}@127.0.0.1/x?sslmode=loud"},
    "postgres unknown": {"database.url": f"postgres://127.0.0.1:abc/x?pasword={SECRET}"},
    "postgres plain": {"database.url": f"postgres://someone:{SECRET}@db.example/x?sslmode=disable"},
    "postgres text": {"database.migrationUrl": f"host=a password={SECRET}"},
    "smtp user": {"smtp.url": f"smtp://someone:{SECRET}@127.0.0.1:25"},
    "twilio user": {"twilio.baseUrl": f"https://someone:{SECRET}@api.twilio.com"},
    "twilio query": {"twilio.baseUrl": f"https://api.twilio.com/?token={SECRET}"},
    "storage key": {"storage.key": SECRET},
    "address key": {"storage.addressKey": SECRET},
}


@pytest.mark.parametrize("what", WRONG_SETTINGS)
def test_an_error_of_the_configuration_does_not_show_the_secret(world, what):
    outcome = world.command("check", "--offline", settings=WRONG_SETTINGS[what], status=78)
    found = leaks({"output": outcome.output, "errors": outcome.errors}, {what: SECRET})
    assert not found, outcome.errors
    outcome = world.command("config", "--json", settings=WRONG_SETTINGS[what], status=78)
    assert not leaks({"output": outcome.output, "errors": outcome.errors}, {what: SECRET}), outcome


def test_a_misspelt_key_does_not_show_its_value(world):
    file = world.folder / "notifyd.yaml"
    for text in (f"smtp:\n  pasword: {SECRET}\n", f"twilio:\n  authToken: [{SECRET}, x]\n", f"smtp: {SECRET}\n",
                 f"rabbitmq:\n  url: {{a: {SECRET}}}\n", f"storage:\n\tkey: {SECRET}\n", f"- {SECRET}\n"):
        file.write_text(text)
        outcome = world.command("check", "--offline", "--config", file, status=78)
        assert SECRET not in outcome.output + outcome.errors, f"{text}: {outcome.errors}"
    outcome = world.command("check", "--offline", environment={"NOTIFYD_SMTP_PASWORD": SECRET}, status=78)
    assert SECRET not in outcome.output + outcome.errors


def test_a_wrong_password_is_not_shown_by_whoever_meets_it(world, collector):
    with SMTPServer(credentials=("someone", "right")) as smtp:
        wrong = {
            "rabbitmq.url": world.broker.url().replace(world.broker.password, SECRET),
            "database.url": world.database_url.replace(world.postgres.password, SECRET),
            "smtp.url": smtp.url, "smtp.username": "someone", "smtp.password": SECRET,
            "sms.providers": "twilio", "twilio.authToken": SECRET, "log.level": "trace",
        }
        environment = collector.environment | {"OTEL_EXPORTER_OTLP_HEADERS": f"authorization {SECRET},=x,a=%ZZ{SECRET}"}
        outputs = {}
        for command in ("check", "migrate", "log", "publish payment.completed --sample"):
            outcome = harness.notifyd(*command.split(), variables=world.variables(wrong, environment),
                                      folder=world.folder)
            assert outcome.status != 0, command
            outputs[command] = outcome.output + outcome.errors
        daemon = world.prepare(wrong | {"database.migrate": "false"}, environment)
        daemon.start(until=None)
        for component in ("broker", "database"):
            daemon.wait_for("waiting", component=component)
        daemon.stop()
        # With the rest in order the providers meet theirs.
        known = {"rabbitmq.url": world.broker.url(), "database.url": world.database_url}
        world.start(wrong | known, environment)
        world.publish("payment.completed", payment(email="a@example.com"))
        world.publish("payment.completed", payment(phone="+4915207770001"))
        for component in ("smtp", "twilio"):
            world.daemon.wait_for("connection lost", component=component)
        world.daemon.stop()
        for index, each in enumerate(world.daemons):
            outputs[f"daemon {index}"] = "\n".join(map(json.dumps, each.lines)) + "\n".join(each.other_output) + each.errors
        outputs["tables"] = repr([world.audit.log(), world.audit.query("SELECT * FROM notifications.delivery_attempt")])
        outputs["spans"] = repr(collector.spans)
        found = leaks(outputs, {"the password": SECRET})
        assert not found, found

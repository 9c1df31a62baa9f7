"""The least permissions of docs/install.md suffice on a real broker, and none of them can be left out."""

import base64
import contextlib
import hashlib
import json
import re
import shlex

import pika
import pytest

from harness import ROOT, Daemon, notifyd
from helpers.events import payment, unique
from helpers.waiting import eventually

PAGE = ROOT / "docs/install.md"
# As the page's expressions have them, and what they are.
NAMED = {"domain-events": "exchange", "dlx": "dead-letter exchange", r"notifications\.events(\.dead)?": "queues"}
NAMES = "|".join(map(re.escape, NAMED))


def documented():
    """Configure, write and read of each set_permissions of the page, in its order."""
    lines = re.findall(r"^ +rabbitmqctl set_permissions (.*)$", PAGE.read_text(), re.MULTILINE)
    return [tuple(shlex.split(line)[1:]) for line in lines]


DECLARES, CONSUMES, PUBLISHES = documented()


def narrower():
    """What is left when one name is left out of one of the three expressions, by what that is."""
    found = {}
    for place, right in enumerate(("configure", "write", "read")):
        names = re.findall(NAMES, DECLARES[place])
        for name in names:
            rest = "^({})$".format("|".join(each for each in names if each != name))
            found[f"{right} {NAMED[name]}"] = tuple(rest if index == place else each
                                                    for index, each in enumerate(DECLARES))
    return found


USERS = {"declares": DECLARES, "consumes": CONSUMES, "publishes": PUBLISHES, "all": (".*", ".*", ".*"), **narrower()}


def password_hash(password, salt=b"salt"):
    """As RabbitMQ keeps it: the salt, and the SHA-256 of salt and password."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


class House:
    """A virtual host with the names that the configuration has by default, and a user for each set of permissions."""

    def __init__(self, broker, postgres, folder):
        self.broker = broker
        self.name = unique("permissions").replace("-", "_")
        self.database = postgres.create_database(self.name)
        names = {user: f"{self.name}-{number}" for number, user in enumerate(USERS)}
        self.urls = {user: f"amqp://{name}:secret@127.0.0.1:{broker.port}/{self.name}" for user, name in names.items()}
        definitions = {
            "vhosts": [{"name": self.name}],
            "users": [{"name": name, "password_hash": password_hash("secret"), "tags": "",
                       "hashing_algorithm": "rabbit_password_hashing_sha256"} for name in names.values()],
            "permissions": [{"vhost": self.name, "user": names[user],
                             **dict(zip(("configure", "write", "read"), permissions))}
                            for user, permissions in USERS.items()],
        }
        path = folder / "definitions.json"
        path.write_text(json.dumps(definitions))
        # One call: each takes a second or two.
        broker.ctl("import_definitions", str(path))

    def empty(self):
        """Some permissions are asked for only when something is made."""
        with pika.BlockingConnection(pika.URLParameters(self.urls["all"])) as connection:
            channel = connection.channel()
            for queue in ("notifications.events", "notifications.events.dead"):
                channel.queue_delete(queue)
            for exchange in ("domain-events", "dlx"):
                channel.exchange_delete(exchange)

    def close(self):
        self.broker.ctl("delete_vhost", self.name)


@pytest.fixture(scope="module")
def house_of_all(broker, postgres, tmp_path_factory):
    house = House(broker, postgres, tmp_path_factory.mktemp("permissions"))
    yield house
    house.close()


@pytest.fixture
def house(house_of_all):
    house_of_all.empty()
    return house_of_all


@pytest.fixture
def variables(house, smtp):
    """notifyd's environment as one of the users."""
    return lambda user, **more: {"NOTIFYD_RABBITMQ_URL": house.urls[user], "NOTIFYD_DATABASE_URL": house.database,
                                 "NOTIFYD_SMTP_URL": smtp.url, "NOTIFYD_EMAIL_FROM": "shop@notify.example",
                                 "NOTIFYD_HTTP_LISTEN": "off", **more}


def works(variables, folder, user, **more):
    """Consumes what a publisher with its own permissions sends, and collects what is broken."""
    def publish(user, data):
        return notifyd("publish", "payment.completed", "--data", json.dumps(data), variables=variables(user))

    def collected():
        return notifyd("dlq", "list", "--json", variables=variables(user)).json()

    assert notifyd("migrate", variables=variables(user)).status == 0
    before = len(collected())
    with contextlib.ExitStack() as stack:
        daemon = Daemon(variables(user, **more), folder)
        stack.push(daemon)
        daemon.start()
        assert publish("publishes", payment("42", email="anna@example.com")).status == 0
        assert publish("publishes", {}).status == 0
        daemon.wait_for("notification sent")
        daemon.wait_for("notification rejected")
        dead = eventually(lambda: (found := collected())[before:] and found,
                          "the broken one is collected from the dead-letter queue")
        assert {each["error_code"] for each in dead} == {"shape.invalid"}
        refused = publish(user, payment("42"))
        assert refused.status == 1 and "ACCESS_REFUSED" in refused.errors, "notifyd's own user may not publish"
        assert daemon.find("connection lost", component="broker") == []


def is_refused(variables, folder, user):
    daemon = Daemon(variables(user), folder).start(until=None)
    try:
        assert "ACCESS_REFUSED" in daemon.wait_for("waiting", component="broker")["error"]
        assert daemon.find("consuming") == []
    finally:
        daemon.kill()


def test_with_the_least_permissions_it_declares_consumes_and_collects_dead_letters(variables, folder):
    works(variables, folder, "declares")


def test_where_others_declare_reading_the_two_queues_is_enough(variables, folder):
    declared = folder / "declared"
    declared.mkdir()
    with Daemon(variables("all"), declared).start():
        pass
    works(variables, folder, "consumes", NOTIFYD_RABBITMQ_DECLARE="false")


def test_a_publisher_may_do_nothing_else(variables, folder):
    is_refused(variables, folder, "publishes")


@pytest.mark.parametrize("user", narrower())
def test_none_of_them_can_be_left_out(variables, folder, user):
    assert USERS[user] != DECLARES
    is_refused(variables, folder, user)

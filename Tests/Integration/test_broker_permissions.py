"""The least permissions of docs/install.md suffice on a real broker, and none of them can be left out."""

import json
import re
import shlex
import urllib.parse

import pytest

from harness import ROOT, Daemon, notifyd
from helpers.events import payment, unique
from helpers.waiting import eventually

PAGE = ROOT / "docs/install.md"
NAMES = r"domain-events|dlx|notifications\\.events\(\\.dead\)\?"


def documented():
    """Configure, write and read of each set_permissions of the page, in its order."""
    lines = re.findall(r"^ +rabbitmqctl set_permissions (.*)$", PAGE.read_text(), re.MULTILINE)
    return [tuple(shlex.split(line)[1:]) for line in lines]


DECLARES, CONSUMES, PUBLISHES = documented()


def narrower(permissions):
    """Each set of permissions with one name left out of one of the three expressions."""
    for place, right in enumerate(("configure", "write", "read")):
        names = re.findall(NAMES, permissions[place])
        for name in names:
            rest = "^({})$".format("|".join(each for each in names if each != name))
            changed = tuple(rest if index == place else each for index, each in enumerate(permissions))
            yield pytest.param(changed, id=f"{right} {name.split('(')[0]}")


class House:
    """A virtual host with the names that the configuration has by default, and users in it.

    One for all tests here, as each call of rabbitmqctl takes a second or two. Each begins with nothing declared: some
    permissions are asked for only when something is made.
    """

    def __init__(self, broker, database):
        self.broker, self.database = broker, database
        self.name = unique("permissions").replace("-", "_")
        self.full_url = broker.add_virtual_host(self.name)
        self.users = set()

    def user(self, name, permissions):
        """The URL of a user with these permissions."""
        if name not in self.users:
            self.broker.ctl("add_user", f"{self.name}-{name}", "secret")
            self.users.add(name)
        self.broker.ctl("set_permissions", "--vhost", self.name, f"{self.name}-{name}", *permissions)
        parts = urllib.parse.urlsplit(self.full_url)
        return parts._replace(netloc=f"{self.name}-{name}:secret@127.0.0.1:{self.broker.port}").geturl()

    def empty(self):
        with self.broker.connect(self.name) as connection:
            channel = connection.channel()
            for queue in ("notifications.events", "notifications.events.dead"):
                channel.queue_delete(queue)
            for exchange in ("domain-events", "dlx"):
                channel.exchange_delete(exchange)

    def close(self):
        self.broker.ctl("delete_vhost", self.name)


@pytest.fixture(scope="module")
def permissions_house(broker, postgres):
    house = House(broker, postgres.create_database(unique("permissions").replace("-", "_")))
    yield house
    house.close()


@pytest.fixture
def house(permissions_house):
    permissions_house.empty()
    return permissions_house


@pytest.fixture
def variables(house, smtp):
    """notifyd's environment for the user behind a URL."""
    return lambda url, **more: {"NOTIFYD_RABBITMQ_URL": url, "NOTIFYD_DATABASE_URL": house.database,
                                "NOTIFYD_SMTP_URL": smtp.url, "NOTIFYD_EMAIL_FROM": "shop@notify.example",
                                "NOTIFYD_HTTP_LISTEN": "off", **more}


def works(house, variables, folder, url, **more):
    """Consumes what a publisher with its own permissions sends, and collects what is broken."""
    def publish(url, data):
        return notifyd("publish", "payment.completed", "--data", json.dumps(data), variables=variables(url))

    def collected():
        return notifyd("dlq", "list", "--json", variables=variables(url)).json()

    publisher, before = house.user("publisher", PUBLISHES), len(collected())
    with Daemon(variables(url, **more), folder).start() as daemon:
        assert publish(publisher, payment("42", email="anna@example.com")).status == 0
        assert publish(publisher, {}).status == 0
        daemon.wait_for("notification sent")
        daemon.wait_for("notification rejected")
        dead = eventually(lambda: (found := collected())[before:] and found,
                          "the broken one is collected from the dead-letter queue")
        assert {each["error_code"] for each in dead} == {"shape.invalid"}
        refused = publish(url, payment("42"))
        assert refused.status == 1 and "ACCESS_REFUSED" in refused.errors, "notifyd's own user may not publish"
        assert daemon.find("connection lost", component="broker") == []


def is_refused(variables, folder, url):
    daemon = Daemon(variables(url), folder).start(until=None)
    try:
        assert "ACCESS_REFUSED" in daemon.wait_for("waiting", component="broker")["error"]
        assert daemon.find("consuming") == []
    finally:
        daemon.kill()


def prepare(house, variables):
    """The schema is there, so that the commands of a test find it."""
    assert notifyd("migrate", variables=variables(house.full_url)).status == 0


def test_with_the_least_permissions_it_declares_consumes_and_collects_dead_letters(house, variables, folder):
    prepare(house, variables)
    works(house, variables, folder, house.user("notifyd", DECLARES))


def test_where_others_declare_reading_the_two_queues_is_enough(house, variables, folder):
    declared = folder / "declared"
    declared.mkdir()
    with Daemon(variables(house.full_url), declared).start():
        pass
    works(house, variables, folder, house.user("notifyd", CONSUMES), NOTIFYD_RABBITMQ_DECLARE="false")


def test_a_publisher_may_do_nothing_else(house, variables, folder):
    is_refused(variables, folder, house.user("publisher", PUBLISHES))


@pytest.mark.parametrize("permissions", narrower(DECLARES))
def test_none_of_them_can_be_left_out(house, variables, folder, permissions):
    assert permissions != DECLARES
    is_refused(variables, folder, house.user("notifyd", permissions))

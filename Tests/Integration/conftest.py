"""Servers for the whole run, and a world of its own for each test."""

import pathlib

import pytest

pytest.register_assert_rewrite("helpers.world", "helpers.audit", "helpers.waiting")

from harness import (  # noqa: E402
    CertificateAuthority,
    Collector,
    MailSink,
    Postgres,
    Publisher,
    RabbitMQ,
    TracedPublisher,
    TwilioFake,
    Workspace,
)
from helpers.certificates import Certificates  # noqa: E402
from helpers.mail_server import MailServer  # noqa: E402
from helpers.world import World  # noqa: E402


@pytest.fixture(scope="session")
def workspace():
    with Workspace() as workspace:
        yield workspace


@pytest.fixture(scope="session")
def broker(workspace):
    with RabbitMQ(workspace.folder("rabbitmq")) as broker:
        yield broker


@pytest.fixture(scope="session")
def postgres(workspace):
    with Postgres(workspace.folder("postgres")) as postgres:
        yield postgres


@pytest.fixture(scope="session")
def publisher(broker):
    """Another service: a process of its own with another AMQP client."""
    with Publisher(broker.url()) as publisher:
        yield publisher


@pytest.fixture(scope="session")
def shop(broker, workspace):
    """A service that OpenTelemetry's own SDK traces."""
    with TracedPublisher(broker.url(), workspace.folder("shop") / "errors.log") as publisher:
        yield publisher


@pytest.fixture(scope="session")
def authority(workspace):
    """Signs the servers' certificates."""
    return CertificateAuthority(workspace.folder("authority"))


@pytest.fixture(scope="session")
def certificates(workspace):
    """Right and wrong ones, for every server."""
    return Certificates(workspace.folder("certificates"))


@pytest.fixture
def folder(tmp_path):
    return pathlib.Path(tmp_path)


@pytest.fixture
def catalogue(folder):
    """An empty folder for notifications beyond the built-in ones."""
    path = folder / "catalogue"
    path.mkdir()
    return path


@pytest.fixture
def smtp():
    with MailServer() as server:
        yield server


@pytest.fixture
def twilio():
    with TwilioFake() as fake:
        yield fake


@pytest.fixture
def sink(folder):
    """A fast and strict SMTP server with PIPELINING, for many mails."""
    with MailSink(folder) as sink:
        yield sink


@pytest.fixture
def collector():
    with Collector() as collector:
        yield collector


@pytest.fixture
def world(broker, postgres, publisher, smtp, twilio, folder):
    world = World(broker=broker, postgres=postgres, publisher=publisher, smtp=smtp, twilio=twilio, folder=folder)
    yield world
    world.close()

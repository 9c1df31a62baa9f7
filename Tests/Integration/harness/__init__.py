"""Real servers, and stand-ins for those of other people, for the integration tests and the demo.

Everything listens on free ports of 127.0.0.1, lives in a temporary folder, and ends with the process that started it.
Each server is a `with` block: `with RabbitMQ(folder) as broker:`.
"""

from .certificates import CertificateAuthority
from .cluster import Cluster
from .collector import PROTOBUF, Collector, Reply
from .daemon import Daemon, Outcome, notifyd, settings
from .database import Database
from .deadlines import DeadlinePassed, wait_until
from .debian12 import Debian12, debian12_root, package_path
from .machine import Machine
from .mail_sink import MailSink
from .name_server import NameServer
from .otlp import Span, partial_success
from .postgres import Postgres
from .processes import ChildProcess
from .program import ROOT
from .proxy import Proxy
from .publisher import Event, Publisher
from .rabbitmq import RabbitMQ
from .rabbitmq4 import rabbitmq4_root
from .smtp_server import CLOSE, ReceivedMail, SMTPServer
from .traced_publisher import TracedPublisher
from .twilio import Answer, TwilioFake
from .workspace import Workspace

__all__ = [
    "CLOSE",
    "PROTOBUF",
    "ROOT",
    "Answer",
    "CertificateAuthority",
    "ChildProcess",
    "Cluster",
    "Collector",
    "Daemon",
    "Database",
    "DeadlinePassed",
    "Debian12",
    "Event",
    "Machine",
    "MailSink",
    "NameServer",
    "Outcome",
    "Postgres",
    "Proxy",
    "Publisher",
    "RabbitMQ",
    "ReceivedMail",
    "Reply",
    "SMTPServer",
    "Span",
    "TracedPublisher",
    "TwilioFake",
    "Workspace",
    "debian12_root",
    "notifyd",
    "package_path",
    "partial_success",
    "rabbitmq4_root",
    "settings",
    "wait_until",
]

"""A RabbitMQ node of our own."""

import dataclasses
import json
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.parse

import pika

from .deadlines import wait_until
from .ports import free_port, is_open
from .processes import ChildProcess, environment

_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"


@dataclasses.dataclass(frozen=True)
class Neighbours:
    """What the nodes of one cluster have in common."""

    password: str
    cookie: str
    mapper_port: int

    @classmethod
    def fresh(cls):
        return cls(secrets.token_urlsafe(12), secrets.token_hex(16), free_port())


class RabbitMQ:
    """A private node: its own name, data, ports, port mapper, cookie and password; listens on 127.0.0.1 only."""

    START_TIMEOUT = 90

    def __init__(
        self, folder, configuration="", authority=None, root=None, neighbours=None, client_authority=None
    ):
        """`folder` is fresh; `configuration` are further lines of rabbitmq.conf.

        With a CertificateAuthority it speaks TLS, too, on a port of its own: `secure_url`; with a `client_authority`
        only to clients with a certificate of that one. `root`: the folder of
        another Debian, whose RabbitMQ runs instead of this one's (chroot: needs root's rights). `neighbours`: shared
        with the other nodes of a cluster.
        """
        self._common = neighbours or Neighbours.fresh()
        self._root = pathlib.Path(root) if root else None
        # What runs in the other root can only see what is in there.
        self._borrowed = pathlib.Path(tempfile.mkdtemp(prefix="notifyd-", dir=self._root / "tmp")) if root else None
        self.folder = self._borrowed or pathlib.Path(folder)
        self.port = free_port()
        self.secure_port = free_port() if authority else None
        self.user = "notifyd"
        self.password = self._common.password
        self.name = f"notifyd-{self.port}@localhost"
        self.log = pathlib.Path(folder) / "node.log"
        self._node = None
        self._port_mapper = None
        self._mapper_port = self._common.mapper_port
        self._scripts, self._mapper_program = self._programs()
        self._write_configuration(configuration, authority, client_authority)
        self._environment = self._make_environment()

    def url(self, virtual_host="/"):
        path = urllib.parse.quote(virtual_host, safe="")
        return f"amqp://{self.user}:{self.password}@127.0.0.1:{self.port}/{path}"

    def secure_url(self, virtual_host="/"):
        """By the name in its certificate."""
        path = urllib.parse.quote(virtual_host, safe="")
        return f"amqps://{self.user}:{self.password}@localhost:{self.secure_port}/{path}"

    def start(self):
        """Starts it and waits until it talks AMQP."""
        self.launch()
        self.wait_until_it_accepts()

    def launch(self):
        """Starts it."""
        if not is_open(self._mapper_port):
            self._port_mapper = ChildProcess(
                [*self._there, self._mapper_program, "-port", self._mapper_port, "-address", "127.0.0.1"],
                environment=self._environment,
                log=self.folder / "epmd.log",
            )
            wait_until(lambda: is_open(self._mapper_port), 10, "Erlang's port mapper listens")
        self._node = ChildProcess(
            [*self._there, self._scripts / "rabbitmq-server"],
            environment=self._environment,
            folder=self.folder,
            log=self.log,
        )

    def wait_until_it_accepts(self):
        wait_until(self._accepts, self.START_TIMEOUT, lambda: f"RabbitMQ accepts\n{self._node.log_tail()}")

    def stop(self):
        """Shuts the node down in order; its messages stay. The port is closed after it."""
        if self._node:
            self._node.stop(signal.SIGTERM, timeout=30)
            self._wait_until_closed()

    def kill(self):
        """Ends the node as a power cut would."""
        self._node.kill()
        self._wait_until_closed()

    def restart(self):
        self.stop()
        self.start()

    def freeze(self):
        """The node stops answering; its connections stay open."""
        self._node.freeze()

    def thaw(self):
        self._node.thaw()

    def close(self):
        if self._node and self._node.is_running:
            # Nobody wants the data any more: no need for the seconds of an orderly end.
            self._node.kill()
        if self._port_mapper:
            self._port_mapper.kill()
        if self._borrowed:
            shutil.rmtree(self._borrowed, ignore_errors=True)

    def present(self, certificate):
        """Shows another certificate (file, key file) from the next handshake on; cuts the connections over TLS."""
        self._copy(certificate)
        # Erlang keeps the files' contents for two minutes.
        self.ctl("eval", "ssl:clear_pem_cache().")
        self.cut_secured()

    def cut_secured(self):
        """Cuts the connections over TLS, as an operator does."""
        self.ctl("eval", "[rabbit_networking:close_connection(proplists:get_value(pid, C), \"cut\")"
                         " || C <- rabbit_networking:connection_info_all([pid, ssl]), proplists:get_value(ssl, C)].")

    def _copy(self, certificate):
        for name, source in zip(("tls.pem", "tls.key"), certificate):
            shutil.copyfile(source, self.folder / name)

    @property
    def cpu_seconds(self):
        """Processor time of the node."""
        return self._node.tree_cpu_seconds

    def connect(self, virtual_host="/"):
        """A pika connection, for looking into the broker; close it."""
        return pika.BlockingConnection(pika.URLParameters(self.url(virtual_host)))

    def ready_messages(self, queue, virtual_host="/"):
        """How many messages wait in the queue; those delivered and not acknowledged are not counted."""
        connection = self.connect(virtual_host)
        try:
            return connection.channel().queue_declare(queue, passive=True).method.message_count
        finally:
            connection.close()

    def queues(self, virtual_host="/"):
        """All queues by name: `messages`, `messages_ready`, `messages_unacknowledged`, `type`.

        A quorum queue's numbers are up to half a second old; `ready_messages` asks the queue itself.
        """
        columns = ["name", "messages", "messages_ready", "messages_unacknowledged", "type"]
        rows = json.loads(self.ctl("list_queues", "--vhost", virtual_host, "--formatter", "json", *columns))
        return {row["name"]: row for row in rows}

    def add_virtual_host(self, name):
        """A world of its own for one test. Returns its URL."""
        self.ctl("add_vhost", name)
        self.ctl("set_permissions", "--vhost", name, self.user, ".*", ".*", ".*")
        return self.url(name)

    def ctl(self, *arguments, timeout=60):
        """Runs rabbitmqctl on this node (a second or two) and returns what it prints."""
        done = subprocess.run(
            [*self._there, self._scripts / "rabbitmqctl", "--quiet", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if done.returncode != 0:
            raise RuntimeError(f"rabbitmqctl {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    @property
    def _there(self):
        """What makes a command run where the node's programs are."""
        return ["chroot", self._root] if self._root else []

    def _inside(self, path):
        """A path as the node sees it."""
        return pathlib.Path("/") / path.relative_to(self._root) if self._root else path

    def _programs(self):
        """The folder of RabbitMQ's scripts, and Erlang's port mapper."""
        base = self._root or pathlib.Path("/")
        scripts = sorted(base.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin"))
        mappers = sorted(base.glob("usr/lib/erlang/erts-*/bin/epmd"))
        mapper = mappers[-1] if mappers else shutil.which("epmd")
        if not scripts or not mapper:
            raise FileNotFoundError("RabbitMQ is not installed: apt-get install rabbitmq-server")
        # Debian's own wrapper in /usr/sbin insists on root and on the system's user; the scripts behind it do not.
        return self._inside(scripts[-1]), self._inside(pathlib.Path(mapper))

    def _write_configuration(self, further, authority, client_authority):
        if authority:
            self._copy(authority.issue("rabbitmq", ("DNS:localhost",)))
            verification = "verify_none"
            if client_authority:
                verification = "verify_peer\nssl_options.fail_if_no_peer_cert = true"
            further += (
                f"\nlisteners.ssl.1 = 127.0.0.1:{self.secure_port}"
                f"\nssl_options.cacertfile = {(client_authority or authority).certificate}"
                f"\nssl_options.certfile = {self.folder / 'tls.pem'}\nssl_options.keyfile = {self.folder / 'tls.key'}"
                f"\nssl_options.verify = {verification}"
            )
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"default_user = {self.user}\n"
            f"default_pass = {self.password}\n"
            "log.console.level = warning\n"
            f"{further}\n"
        )
        # How old the numbers of a quorum queue may be (milliseconds).
        (self.folder / "advanced.config").write_text("[{rabbit, [{quorum_tick_interval, 500}]}].\n")
        (self.folder / "enabled_plugins").write_text("[].\n")
        (self.folder / "rabbitmq-env.conf").write_text("")
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(self._common.cookie)
        cookie.chmod(0o400)

    def _make_environment(self):
        folder = self._inside(self.folder)
        return environment(
            HOME=folder,  # the cookie is there
            ERL_EPMD_PORT=self._mapper_port,
            ERL_EPMD_ADDRESS="127.0.0.1",
            RABBITMQ_NODENAME=self.name,
            RABBITMQ_DIST_PORT=free_port(),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}",
            RABBITMQ_CONF_ENV_FILE=folder / "rabbitmq-env.conf",
            RABBITMQ_CONFIG_FILE=folder / "rabbitmq.conf",
            RABBITMQ_ADVANCED_CONFIG_FILE=folder / "advanced.config",
            RABBITMQ_CONFIG_FILES=folder / "conf.d",
            RABBITMQ_ENABLED_PLUGINS_FILE=folder / "enabled_plugins",
            RABBITMQ_PLUGINS_EXPAND_DIR=folder / "plugins-expand",
            RABBITMQ_MNESIA_BASE=folder / "mnesia",
            RABBITMQ_LOG_BASE=folder / "log",
            RABBITMQ_LOGS="-",
            RABBITMQ_PID_FILE=folder / "node.pid",
            # Makes the script become the node, so that the process we started is the one that listens.
            RUNNING_UNDER_SYSTEMD="1",
        )

    @property
    def is_running(self):
        return self._node is not None and self._node.is_running

    def _accepts(self):
        if not self._node.is_running:
            raise RuntimeError(f"RabbitMQ ended with {self._node.exit_code}\n{self._node.log_tail()}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as probe:
                probe.sendall(_PROTOCOL_HEADER)
                return probe.recv(1) == b"\x01"  # a method frame: connection.start
        except OSError:
            return False

    def _wait_until_closed(self):
        wait_until(lambda: not is_open(self.port), 10, "RabbitMQ's port closes")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

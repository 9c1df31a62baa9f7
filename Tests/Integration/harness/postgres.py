"""A Postgres cluster of our own."""

import glob
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import urllib.parse

import psycopg2

from .database import Database
from .deadlines import wait_until
from .ports import free_port, is_open
from .processes import ChildProcess, environment

# The kernel's limit for a socket's path is 107 bytes; Postgres adds /.s.PGSQL.NNNNN to the folder.
_LONGEST_SOCKET_FOLDER = 90


class Postgres:
    """A private cluster: its own folder, port and password; listens on 127.0.0.1 and on a socket in its folder."""

    START_TIMEOUT = 30

    def __init__(self, folder, durable=False, certificate=None, **settings):
        """`folder` is fresh. Without `durable` a commit does not wait for the disk; `settings` go to the server.

        With `certificate` (file, key file) it offers TLS.
        """
        self.bin = _newest_programs()
        self.port = free_port()
        self.user = "notifyd"
        self.password = secrets.token_urlsafe(12)
        # Postgres refuses to run as root: Debian's package made this user for it.
        self._account = "postgres" if os.geteuid() == 0 else None
        self._borrowed = None
        self.folder = self._reachable(pathlib.Path(folder))
        self.log = self.folder / "server.log"
        self._server = None
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder if len(str(self.folder)) <= _LONGEST_SOCKET_FOLDER else "",
            "max_connections": 60,
            "fsync": "on" if durable else "off",
            "full_page_writes": "on" if durable else "off",
            "log_min_messages": "warning",
            **(self._copied(certificate) if certificate else {}),
            **settings,
        }
        self._create()

    def url(self, database="postgres"):
        return f"postgres://{self.user}:{self.password}@127.0.0.1:{self.port}/{urllib.parse.quote(database)}"

    @property
    def cpu_seconds(self):
        """Processor time of the server and its sessions."""
        return self._server.tree_cpu_seconds

    def start(self):
        """Starts it and waits until it takes connections."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        self._server = ChildProcess(
            [self.bin / "postgres", "-D", self.folder / "data", *options],
            environment=self._environment(),
            folder=self.folder,
            log=self.log,
            user=self._account,
            death_signal=signal.SIGQUIT,
        )
        wait_until(self._accepts, self.START_TIMEOUT, lambda: f"Postgres accepts\n{self._server.log_tail()}")

    def stop(self):
        """Shuts down in order: sessions are cut off, what was committed is on disk."""
        if self._server:
            self._server.stop(signal.SIGINT, timeout=20)
            self._wait_until_closed()

    def kill(self):
        """Shuts down as a crash does: at once, and the next start recovers."""
        self._server.stop(signal.SIGQUIT, timeout=10)
        self._wait_until_closed()

    def restart(self):
        self.stop()
        self.start()

    def freeze(self):
        """Server and sessions stop answering; the connections stay open."""
        self._server.freeze()

    def thaw(self):
        self._server.thaw()

    def close(self):
        if self._server and self._server.is_running:
            self._server.stop(signal.SIGQUIT, timeout=10)
        if self._borrowed:
            shutil.rmtree(self._borrowed, ignore_errors=True)

    def create_database(self, name):
        """An empty database. Returns its URL."""
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
            raise ValueError(f"{name!r} is no plain name")
        with Database(self.url()) as database:
            database.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return self.url(name)

    def present(self, certificate):
        """Shows another certificate (file, key file) from the next connection on."""
        self._copied(certificate)
        with Database(self.url()) as database:
            database.execute("SELECT pg_reload_conf()")

    def _copied(self, certificate):
        """The server's settings for TLS, with copies that it takes: a key must be its own and nobody else's to read."""
        settings = {"ssl": "on"}
        for name, source in zip(("ssl_cert_file", "ssl_key_file"), certificate):
            target = self.folder / name
            shutil.copyfile(source, target)
            target.chmod(0o600)
            if self._account:
                shutil.chown(target, self._account, self._account)
            settings[name] = target
        return settings

    def _create(self):
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        password_file.chmod(0o600)
        if self._account:
            shutil.chown(password_file, self._account, self._account)
        done = subprocess.run(
            [
                *self._as_account(),
                self.bin / "initdb",
                f"--pgdata={self.folder / 'data'}",
                f"--username={self.user}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            env=self._environment(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        password_file.unlink()
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed: {done.stderr}")

    def _as_account(self):
        return ["runuser", "-u", self._account, "--"] if self._account else []

    def _environment(self):
        return environment(HOME=self.folder)

    def _reachable(self, folder):
        """`folder`, made the account's own; one in /tmp where the account cannot get there."""
        if not self._account:
            return folder
        account = pwd.getpwnam(self._account)
        if not all(_may_enter(parent, account) for parent in folder.resolve().parents):
            folder = self._borrowed = pathlib.Path(tempfile.mkdtemp(prefix="notifyd-postgres-", dir="/tmp"))
        os.chown(folder, account.pw_uid, account.pw_gid)
        return folder

    def _accepts(self):
        if not self._server.is_running:
            raise RuntimeError(f"Postgres ended with {self._server.exit_code}\n{self._server.log_tail()}")
        try:
            psycopg2.connect(self.url(), connect_timeout=2).close()
            return True
        except psycopg2.OperationalError:
            return False

    def _wait_until_closed(self):
        wait_until(lambda: not is_open(self.port), 10, "Postgres's port closes")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()


def _newest_programs():
    found = [pathlib.Path(path).parent for path in glob.glob("/usr/lib/postgresql/*/bin/initdb")]
    if not found:
        raise FileNotFoundError("Postgres is not installed: apt-get install postgresql")
    return max(found, key=lambda path: int(path.parent.name))


def _may_enter(folder, account):
    state = folder.stat()
    if state.st_uid == account.pw_uid:
        return bool(state.st_mode & 0o100)
    return bool(state.st_mode & (0o010 if state.st_gid == account.pw_gid else 0o001))

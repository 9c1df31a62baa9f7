"""docker-compose.yml as somebody runs it: in a folder of its own, by podman-compose, with our images and free ports."""

import pathlib
import shutil
import subprocess
import sys

from harness import ROOT, wait_until
from harness.ports import free_port

PORTS = ["NOTIFYD", "RABBITMQ", "RABBITMQ_MANAGEMENT", "POSTGRES", "MAILPIT", "JAEGER"]
SERVERS = ["rabbitmq", "postgres", "mailpit"]


class Project:
    """The services of docker-compose.yml; leaving the `with` takes them down."""

    def __init__(self, store, folder, images):
        """`images` by service: rabbitmq, postgres, mailpit, jaeger, notifyd."""
        self.store = store
        self.folder = pathlib.Path(folder)
        self.ports = {name: free_port() for name in PORTS}
        (self.folder / "deploy/compose").mkdir(parents=True)
        shutil.copy2(ROOT / "docker-compose.yml", self.folder)
        shutil.copy2(ROOT / "deploy/compose/database.sh", self.folder / "deploy/compose")
        self.secrets = self.folder / "deploy/compose/secrets"
        subprocess.run([ROOT / "scripts/compose-secrets", self.secrets], check=True, capture_output=True)
        self._environment = {
            **store.environment,
            **{f"IMAGE_{service.upper()}": image for service, image in images.items()},
            **{f"PORT_{name}": str(port) for name, port in self.ports.items()},
        }

    def compose(self, *arguments, timeout=300):
        """Runs one podman-compose command; returns what it prints."""
        done = subprocess.run(
            [pathlib.Path(sys.executable).with_name("podman-compose"), *arguments],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if done.returncode != 0:
            raise AssertionError(f"podman-compose {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        """Everything, notifyd once what it depends on is healthy: podman cannot wait for that by itself before 4.6."""
        self.compose("up", "--detach", "--no-build", *SERVERS, "jaeger")
        for service in SERVERS:
            self.wait_until_healthy(service)
        self.compose("up", "--detach", "--no-build", "--no-deps", "notifyd")
        self.wait_until_healthy("notifyd")

    def container(self, service):
        return f"notifyd_{service}_1"

    def is_healthy(self, service):
        """Runs the service's health check, as an engine does every few seconds."""
        return self.store.podman("healthcheck", "run", self.container(service), check=False).returncode == 0

    def wait_until_healthy(self, service, timeout=120):
        wait_until(
            lambda: self.is_healthy(service), timeout, lambda: f"{service} is healthy\n{self.logs(service)[-3000:]}"
        )

    def notifyd(self, *arguments, timeout=120):
        """A command in the daemon's container; returns what it prints."""
        return self.store.output("exec", self.container("notifyd"), "notifyd", *arguments, timeout=timeout)

    def logs(self, service):
        done = self.store.podman("logs", self.container(service), check=False)
        return done.stdout + done.stderr

    def shell(self, service, script):
        return self.store.output("exec", self.container(service), "sh", "-euc", script)

    def mails(self):
        """How many mails the mail server has taken."""
        return int(self.shell("mailpit", "find /data -name '*.eml' | wc -l"))

    def close(self):
        self.compose("--profile", "samples", "down", "--volumes", "--timeout", "5")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

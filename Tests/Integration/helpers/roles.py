"""The roles of deploy/postgres/roles.sql for one test's database."""

import dataclasses
import subprocess
import urllib.parse

from harness import ROOT, Database

SCRIPT = ROOT / "deploy/postgres/roles.sql"
PASSWORD = "r0le"


@dataclasses.dataclass(frozen=True)
class Roles:
    """Makes them, gives them rights, and takes them away again."""

    server: str  # a superuser's URL
    database: str
    schema: str = "notifications"

    NAMES = ("migrate", "run", "operate", "audit", "retain")

    @property
    def prefix(self):
        """Roles are the server's, not the database's."""
        return self.database

    def name(self, role):
        return f"{self.prefix}_{role}"

    def url(self, role):
        parts = urllib.parse.urlsplit(self.server)
        return f"postgres://{self.name(role)}:{PASSWORD}@{parts.hostname}:{parts.port}/{self.database}"

    def apply(self, role=None):
        """Runs the script, as the superuser or as one of its own roles; returns what it says."""
        url = self.url(role) if role else self._superuser
        done = subprocess.run(
            ["psql", "--no-psqlrc", f"--dbname={url}", f"--set=prefix={self.prefix}", f"--set=schema={self.schema}",
             f"--file={SCRIPT}"],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        assert done.returncode == 0 and done.stderr == "", f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def let_in(self):
        """What an administrator does after the first run."""
        with Database(self.server) as server:
            for role in self.NAMES:
                server.execute(f"ALTER ROLE {self.name(role)} PASSWORD '{PASSWORD}'")

    def close(self):
        """Drops the database, which their rights are in, and them."""
        with Database(self.server) as server:
            server.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
            for role in self.NAMES:
                server.execute(f"DROP ROLE IF EXISTS {self.name(role)}")

    @property
    def _superuser(self):
        return urllib.parse.urlsplit(self.server)._replace(path=f"/{self.database}").geturl()

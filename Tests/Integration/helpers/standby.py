"""A second Postgres that follows a first one."""

import subprocess

from harness import Database, Postgres


class Standby(Postgres):
    """A hot standby by streaming replication: it answers queries and takes no writes, until `promote`."""

    def __init__(self, folder, primary):
        """`folder` is fresh; `primary` runs. Its databases, users and passwords are the standby's."""
        folder.mkdir(exist_ok=True)
        self._primary = primary
        super().__init__(folder)
        self.password = primary.password

    def start(self):
        super().start()
        # From here on a commit is on both of them, so that a failover loses none.
        with Database(self._primary.url()) as server:
            server.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            server.execute("SELECT pg_reload_conf()")

    def promote(self):
        """Makes it the primary."""
        with Database(self.url()) as server:
            server.execute("SELECT pg_promote()")

    def _create(self):
        subprocess.run(
            [
                *self._as_account(),
                self.bin / "pg_basebackup",
                f"--pgdata={self.folder / 'data'}",
                f"--dbname={self._primary.url()}",
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
            ],
            env=self._environment(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )

"""A temporary folder that goes when its user goes."""

import os
import pathlib
import shutil
import tempfile


class Workspace:
    """A folder under TMPDIR for the servers of one run, removed with everything in it at the end."""

    def __init__(self, prefix="notifyd-test-"):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
        # Others may pass through, not look around: Postgres does not run as root and needs the way to its folder.
        os.chmod(self.path, 0o711)

    def folder(self, name):
        """A fresh folder in it."""
        path = self.path / name
        path.mkdir()
        return path

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

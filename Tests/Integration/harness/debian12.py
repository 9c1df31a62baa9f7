"""A Debian 12 of our own, to install packages in: a copy of the one that `make package-test` prepares."""

import os
import pathlib
import shutil
import subprocess

from .processes import environment
from .program import ROOT

# What belongs to the system's running, apt's and dpkg's own books included, and not to a package.
_VOLATILE = ("dev", "proc", "run", "sys", "tmp", "var/cache", "var/lib/apt", "var/lib/dpkg", "var/log", "var/tmp")
_LOCAL = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}


def debian12_root():
    """The prepared folder; None where it was not prepared or cannot be used.

    `NOTIFYD_TEST_DEBIAN12` names another than the one in .build.
    """
    root = pathlib.Path(os.environ.get("NOTIFYD_TEST_DEBIAN12") or ROOT / ".build/debian12")
    usable = (root / "lib/systemd/systemd").exists() and os.geteuid() == 0 and shutil.which("systemd-nspawn")
    return root.resolve() if usable else None


def package_path():
    """The package under test: `NOTIFYD_TEST_DEB`, else the newest that `make deb` made; None where there is none."""
    named = os.environ.get("NOTIFYD_TEST_DEB")
    if named:
        return pathlib.Path(named).resolve()
    built = sorted((ROOT / ".build").glob("notifyd_*.deb"), key=lambda path: path.stat().st_mtime)
    return built[-1] if built else None


class Debian12:
    """A folder with a Debian in it, whose programs run there; nothing is booted."""

    def __init__(self, folder, original=None):
        """Copies `original`, by default the prepared one, into `folder`, which is not there yet."""
        self.root = pathlib.Path(folder)
        subprocess.run(["cp", "--archive", "--reflink=auto", original or debian12_root(), self.root], check=True)

    def path(self, name):
        """Where a file of its is for us: `path("/etc/hostname")`."""
        return self.root / str(name).lstrip("/")

    def write(self, name, text, mode=0o644):
        """A file in it, with its folders."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def run(self, *command, status=0, timeout=300):
        """Runs a command there to its end; returns its output, standard error's with it. `status` None: any."""
        done = subprocess.run(
            [*self._there(), *map(str, command)],
            env=environment(**_LOCAL, DEBIAN_FRONTEND="noninteractive"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
        )
        assert status in (None, done.returncode), f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def install(self, package, *options):
        """Installs a package that is a file of ours, as an administrator does; what it needs comes from Debian."""
        there = self.path(f"/srv/{package.name}")
        shutil.copy(package, there)
        try:
            return self.run("apt-get", "install", "--yes", *options, f"/srv/{package.name}")
        finally:
            there.unlink()

    def install_requirements(self, package):
        """Installs what a package that is a file of ours depends on and recommends, not the package."""
        fields = subprocess.run(
            ["dpkg-deb", "--showformat=${Depends}, ${Recommends}", "--show", package],
            capture_output=True,
            text=True,
            check=True,
        )
        self.run("apt-get", "satisfy", "--yes", fields.stdout)

    def files(self):
        """Every path in it but the volatile ones."""
        found = set()
        for folder, folders, files in os.walk(self.root):
            inside = os.path.relpath(folder, self.root)
            folders[:] = [name for name in folders if os.path.normpath(f"{inside}/{name}") not in _VOLATILE]
            found.update(os.path.normpath(f"/{inside}/{name}") for name in (*folders, *files))
        return found

    def _there(self):
        # Processes and mounts of its own: whatever a command starts or mounts ends with it.
        return ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={self.root / 'proc'}", "chroot", self.root]

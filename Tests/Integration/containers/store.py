"""A store of images, containers, volumes and networks of our own, which leaves nothing behind."""

import os
import pathlib
import shutil
import subprocess

_PROGRAMS = ["aardvark-dns", "buildah", "debootstrap", "iptables", "netavark", "podman", "runc"]
_LIBEXEC = pathlib.Path("/usr/lib/podman")

# Plain copies of files instead of an overlay file system, and runc, work in virtual machines and containers, too. The
# limits are those that such a place may have itself.
_CONTAINERS = """\
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
"""
_STORAGE = """\
[storage]
driver = "vfs"
graphroot = "{folder}/images"
runroot = "{folder}/running"
"""


def missing_programs():
    """The programs that this machine has not, of those that are needed."""
    return [name for name in _PROGRAMS if not shutil.which(name) and not (_LIBEXEC / name).exists()]


class ImageStore:
    """podman and buildah on a folder of their own; leaving the `with` removes all that they made in it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(self._write("containers.conf", _CONTAINERS)),
            "CONTAINERS_STORAGE_CONF": str(self._write("storage.conf", _STORAGE)),
            "TMPDIR": str(self._make("scratch")),
        }

    def podman(self, *arguments, timeout=120, check=True, stdin=subprocess.DEVNULL):
        """Runs one podman command; returns what subprocess.run does, output and errors as text."""
        return self._run(["podman", *arguments], timeout, check, stdin)

    def output(self, *arguments, **options):
        """What a podman command prints."""
        return self.podman(*arguments, **options).stdout

    def import_root(self, folder, name):
        """A folder with a system's files becomes the image `name`."""
        with subprocess.Popen(["tar", "-C", folder, "--numeric-owner", "-c", "."], stdout=subprocess.PIPE) as tar:
            self.podman("import", "--quiet", "-", name, stdin=tar.stdout, timeout=300)
        return name

    def build(self, folder, name, file=None, arguments=None, mounts=(), timeout=900):
        """Builds a Dockerfile; `mounts` are folder:folder:ro, there for the build only. Returns what it says."""
        options = [f"--build-arg={key}={value}" for key, value in (arguments or {}).items()]
        options += [f"--volume={mount}" for mount in mounts]
        options += [f"--file={file}"] if file else []
        # Docker's format: the other has no health check.
        command = ["buildah", "bud", "--isolation=chroot", "--network=host", "--format=docker", f"--tag={name}"]
        return self._run([*command, *options, str(folder)], timeout).stdout

    def close(self):
        self.podman("rm", "--all", "--force", "--time=0", check=False)
        self.podman("volume", "rm", "--all", "--force", check=False)
        self.podman("network", "prune", "--force", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, command, timeout, check=True, stdin=subprocess.DEVNULL):
        done = subprocess.run(
            [str(part) for part in command],
            env=self.environment,
            stdin=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
        if check and done.returncode != 0:
            end = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
            raise AssertionError(f"{' '.join(done.args[:3])} … ended with {done.returncode}\n{end}")
        return done

    def _make(self, name):
        path = self.folder / name
        path.mkdir()
        return path

    def _write(self, name, text):
        path = self.folder / name
        path.write_text(text.format(folder=self.folder))
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

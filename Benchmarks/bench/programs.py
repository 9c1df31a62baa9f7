"""What is compiled for the benchmarks: the peers in C and Go, the publisher, the sinks; in .build/bench."""

import pathlib
import shlex
import shutil
import subprocess

from harness.processes import environment
from harness.program import ROOT

SOURCES = ROOT / "Benchmarks"
FOLDER = ROOT / ".build/bench"
PYTHON = FOLDER / "python/bin/python"
"""The Python that has the packages of Benchmarks/requirements.txt."""

_GO_PACKAGES = pathlib.Path("/usr/share/gocode")


def publisher():
    return _c("publish", ["load/publish.c"], "librabbitmq")


def ack_tap():
    return _c("ack_tap", ["load/ack_tap.c"])


def span_sink():
    return _c("span_sink", ["sinks/span_sink.c"])


def limit():
    return _c("limit", ["peers/limit"], "librabbitmq", "libpq")


def has_go():
    """Whether Go and the Go peer's libraries are installed (Benchmarks/packages.txt)."""
    needed = ("github.com/rabbitmq/amqp091-go", "github.com/jackc/pgx/v4")
    return bool(shutil.which("go")) and all((_GO_PACKAGES / "src" / name).is_dir() for name in needed)


def go():
    program, sources = FOLDER / "go-peer", SOURCES / "peers/go"
    if not _is_newer(program, sources.glob("*.go")):
        # Debian's libraries are no modules: they are found by GOPATH.
        variables = environment(GO111MODULE="off", GOPATH=_GO_PACKAGES, GOCACHE=FOLDER / "go-cache")
        _run(["go", "build", "-o", program, "."], variables, sources)
    return program


def _c(name, places, *libraries):
    program = FOLDER / name
    files = [file for place in places for file in _files(SOURCES / place)]
    if not _is_newer(program, files):
        flags = ["-pthread"]
        if libraries:
            flags += shlex.split(subprocess.check_output(["pkg-config", "--cflags", "--libs", *libraries], text=True))
        sources = [file for file in files if file.suffix == ".c"]
        _run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, *sources, *flags], environment())
    return program


def _files(place):
    return sorted(place.glob("*.[ch]")) if place.is_dir() else [place]


def _is_newer(program, sources):
    return program.exists() and all(program.stat().st_mtime > source.stat().st_mtime for source in sources)


def _run(command, variables, folder=None):
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [str(part) for part in command]
    done = subprocess.run(
        command, env=variables, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")

"""The images that the Dockerfiles start from, made on the spot: Debian by debootstrap, Swift by what this machine has."""

import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
_MIRROR = os.environ.get("MIRROR", "http://deb.debian.org/debian")

# What answers in place of Swift where the program is given: the Dockerfile runs as it is, but for the compiler.
_PROGRAM_INSTEAD = """\
#!/bin/sh
case "$1" in
    build) mkdir -p .build/release && cp /opt/swift/usr/bin/notifyd .build/release/notifyd ;;
esac
"""


def debian(store, series):
    """Debian of that series, as small as debootstrap makes it. Returns the image's name."""
    root = store.folder / series
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", series, root, _MIRROR], capture_output=True, text=True, timeout=900
    )
    if done.returncode != 0:
        raise AssertionError(f"debootstrap {series} failed\n{done.stdout[-2000:]}{done.stderr}")
    name = store.import_root(root, f"localhost/debian:{series}-slim")
    shutil.rmtree(root)
    return name


def swift(store, base):
    """Debian with what Swift needs; the toolchain itself is mounted while building. Returns the image's name."""
    name = "localhost/notifyd-test/swift"
    store.build(HERE, name, file=HERE / "swift.Dockerfile", arguments={"BASE": base})
    return name


def toolchain(store, program=None):
    """The mounts for building notifyd: Swift, and the folders in which git finds GitHub's repositories here.

    `program`: a notifyd that is there already is taken instead of compiling one.
    """
    if program:
        folder = store.folder / "swift"
        (folder / "usr/bin").mkdir(parents=True)
        shutil.copy2(program, folder / "usr/bin/notifyd")
        (folder / "usr/bin/swift").write_text(_PROGRAM_INSTEAD)
        (folder / "usr/bin/swift").chmod(0o755)
        return [f"{folder}:/opt/swift:ro"]
    compiler = shutil.which("swift")
    if not compiler:
        raise FileNotFoundError("Swift is not on the PATH")
    return [f"{pathlib.Path(compiler).resolve().parents[2]}:/opt/swift:ro", *_git_mirrors(store)]


def _git_mirrors(store):
    """Mounts of the local folders that git's url.….insteadOf puts in the place of servers, and of their settings."""
    done = subprocess.run(
        ["git", "config", "--get-regexp", r"^url\..*\.insteadof$"], capture_output=True, text=True, check=False
    )
    settings, mounts = ["[safe]\n\tdirectory = *"], []
    for line in done.stdout.splitlines():
        key, _, server = line.partition(" ")
        folder = key[len("url.") : -len(".insteadof")]
        if not pathlib.Path(folder).is_dir():
            continue
        settings.append(f'[url "{folder}"]\n\tinsteadOf = {server}')
        mounts.append(f"{folder}:{folder}:ro")
    if not mounts:
        return []
    file = store.folder / "gitconfig"
    file.write_text("\n".join(settings) + "\n")
    return [*dict.fromkeys(mounts), f"{file}:/etc/gitconfig:ro"]

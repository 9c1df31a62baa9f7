"""Variants of a Debian package, as a later release would be."""

import re
import subprocess

NEXT = "999.0"


def next_version(package, folder, configuration=None):
    """The package with a higher version and, if given, another default configuration; a file in `folder`."""
    tree = folder / "next"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*", f"Version: {NEXT}", control.read_text(), flags=re.M))
    if configuration:
        (tree / "etc/notifyd/notifyd.yaml").write_text(configuration)
    path = folder / f"notifyd_{NEXT}_amd64.deb"
    # Packed for speed, not for size.
    subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "--build", tree, path], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["rm", "-r", tree], check=True)
    return path

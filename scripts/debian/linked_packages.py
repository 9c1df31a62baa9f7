#!/usr/bin/python3
"""linked_packages.py: which Swift packages are in a program, by the linker's list of objects; prints their NOTICEs.

    linked_packages.py .build/release/notifyd --copyright deploy/debian/copyright > NOTICE

Fails where the copyright file has no `Files: PACKAGE/*` for one of them, or one for a package that is not there.
"""

import argparse
import pathlib
import re
import sys

# What the copyright file has beside packages: what the toolchain links in.
RUNTIME = "swift-runtime"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.partition("\n\n")[2])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--copyright", required=True, type=pathlib.Path)
    options = parser.parse_args()
    checkouts = options.program.parents[1] / "checkouts"
    packages = linked(options.program, checkouts)
    compare(packages, options.copyright)
    for package in packages:
        for notice in sorted((checkouts / package).glob("NOTICE*")):
            print(f"{package}\n{'=' * len(package)}\n\n{notice.read_text(encoding='utf-8').strip()}\n\n")


def linked(program, checkouts):
    """The names of the checkouts that the linker's objects were compiled from."""
    listed = (program.with_name(f"{program.name}.product") / "Objects.LinkFileList").read_text(encoding="utf-8")
    modules = sorted(set(re.findall(r"/([^/\n]+\.build)/", listed)))
    if not modules:
        sys.exit(f"linked_packages: no object in the linker's list of {program}")
    packages = set()
    for module in modules:
        # SwiftPM's list for Swift, the compiler's dependencies for C.
        folder = program.with_name(module)
        texts = [path.read_text() for path in (*folder.glob("sources"), *folder.rglob("*.d"))]
        if not texts:
            sys.exit(f"linked_packages: nothing in {folder} says what it was compiled from")
        packages.update(re.findall(rf"/{checkouts.name}/([^/\s]+)/", "\n".join(texts)))
    return sorted(packages, key=str.lower)


def compare(packages, copyright):
    named = set(re.findall(r"^Files: ([^/\s*]+)/", copyright.read_text(encoding="utf-8"), re.M)) - {RUNTIME}
    missing, absent = set(packages) - named, named - set(packages)
    if missing:
        sys.exit(f"linked_packages: {copyright} has no paragraph for {', '.join(sorted(missing))}, linked in")
    if absent:
        sys.exit(f"linked_packages: {copyright} has a paragraph for {', '.join(sorted(absent))}, not linked in")


if __name__ == "__main__":
    main()

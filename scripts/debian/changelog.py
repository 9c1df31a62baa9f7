#!/usr/bin/python3
"""changelog.py: CHANGELOG.md as Debian's changelog(5).

    changelog.py --version 0.1.0 --time 1763856000 --maintainer "Name <address>" < CHANGELOG.md > changelog

A release is a heading `## [0.1.0] - 2026-12-01`. What is under `## [Unreleased]` is `--version`'s where that has no
heading of its own yet, as of `--time`, in seconds since 1970.
"""

import argparse
import datetime
import email.utils
import re
import sys
import textwrap


def main():
    parser = argparse.ArgumentParser(usage=__doc__.partition("\n\n")[2])
    parser.add_argument("--version", required=True)
    parser.add_argument("--time", required=True, type=int)
    parser.add_argument("--maintainer", required=True)
    options = parser.parse_args()
    entries = list(releases(sys.stdin.read(), options.version, options.time))
    if not entries or entries[0][0] != options.version:
        sys.exit(f"changelog: the newest version of CHANGELOG.md is not {options.version}")
    sys.stdout.write("\n".join(entry(*each, options.maintainer) for each in entries))


def releases(text, version, now):
    """(version, distribution, seconds since 1970, [line of a change]) of each, the newest first."""
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        heading, _, body = section.partition("\n")
        found = re.fullmatch(r"\[([\d.]+)\] - (\d{4}-\d{2}-\d{2})", heading.strip())
        if found:
            day = datetime.datetime.fromisoformat(f"{found[2]}T12:00:00+00:00")
            yield found[1], "stable", int(day.timestamp()), changes(body)
        elif heading.strip() == "[Unreleased]":
            if changes(body) and f"## [{version}]" not in text:
                yield version, "UNRELEASED", now, changes(body)
        else:
            sys.exit(f"changelog: '## {heading}' is neither [Unreleased] nor [VERSION] - YYYY-MM-DD")


def changes(body):
    """Each list item as one line, with its heading (Added, Changed …) before it, and links as their text."""
    lines, kind = [], ""
    for block in re.split(r"\n(?=### |- )|\n\n", body):
        block = " ".join(block.split())
        if block.startswith("### "):
            kind, _, block = block[4:].partition(" ")
            block = block.strip()
        if block.startswith("- "):
            lines.append(f"{kind}: {block[2:]}" if kind else block[2:])
    return [re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", line) for line in lines]


def entry(version, distribution, seconds, lines, maintainer):
    wrapped = ["\n".join(textwrap.wrap(line, 76, initial_indent="  * ", subsequent_indent="    ")) for line in lines]
    date = email.utils.format_datetime(datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc))
    head = f"notifyd ({version}) {distribution}; urgency=medium"
    return "\n".join([head, "", *wrapped, "", f" -- {maintainer}  {date}", ""])


if __name__ == "__main__":
    main()

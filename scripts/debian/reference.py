#!/usr/bin/python3
"""reference.py: writes notifyd.yaml(5) from the program's table of configuration keys.

    notifyd config --reference --json | reference.py --version 0.1.0 --date 2026-11-23 > notifyd.yaml.5
"""

import argparse
import itertools
import json
import sys

from roff import escaped

# Names are not broken, nor lines filled up with blanks.
INTRODUCTION = """\
.nh
.ad l
.SH NAME
notifyd.yaml \\- configuration of notifyd
.SH SYNOPSIS
.I /etc/notifyd/notifyd.yaml
.SH DESCRIPTION
A YAML file; the keys below are paths in it:
.I rabbitmq.prefetch
is
.I prefetch
in
.IR rabbitmq .
Over this file go systemd's credentials, over them the environment, each with the name that stands with the key.
Durations are a whole number with a unit (250ms, 10s, 5m, 2h, 400d), lists are comma\\-separated or lists of YAML. An
unknown key, a wrong type or a value out of range ends every command with status 78. What is in force, and where it
comes from, is shown by
.BR "notifyd config" ."""
SEE_ALSO = ".SH SEE ALSO\n.BR notifyd (1)\n"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.partition("\n\n")[2])
    parser.add_argument("--version", required=True)
    parser.add_argument("--date", required=True)
    options = parser.parse_args()
    keys = [json.loads(line) for line in sys.stdin if line.strip()]
    lines = [f'.TH NOTIFYD.YAML 5 "{options.date}" "notifyd {options.version}" "File Formats"', INTRODUCTION]
    for section, members in itertools.groupby(keys, lambda key: key["section"]):
        lines.append(f'.SH "{escaped(section.upper())}"')
        for key in members:
            lines += entry(key)
    sys.stdout.write("\n".join(lines) + "\n" + SEE_ALSO)


def entry(key):
    """A tagged paragraph: what it means, what it takes, and by which other names it can be set."""
    yield ".TP"
    yield f"\\fB{escaped(key['key'])}\\fR"
    yield f"{escaped(key['meaning'].rstrip('.'))}. It is {escaped(key['expects'])}."
    if key["default"] is not None:
        yield f"Default: {escaped(key['default'])}."
    names = [key["environment"]] + ([key["file"]] if key["file"] else [])
    yield ".br"
    yield f"Environment: {escaped(', '.join(names))}. Credential: {escaped(key['credential'])}."


if __name__ == "__main__":
    main()

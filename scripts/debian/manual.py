#!/usr/bin/python3
"""manual.py: writes notifyd(1) from what the program says about itself.

    notifyd --experimental-dump-help | manual.py --version 0.1.0 --date 2026-11-23 --sections FILE > notifyd.1

The commands, their options, examples and defaults are the program's own, as in `--help`. FILE has what no command says
(files, signals, exit status), in roff, and comes after them.
"""

import argparse
import json
import pathlib
import re
import sys

from roff import escaped


def main():
    parser = argparse.ArgumentParser(usage=__doc__.partition("\n\n")[2])
    parser.add_argument("--version", required=True)
    parser.add_argument("--date", required=True)
    parser.add_argument("--sections", required=True, type=pathlib.Path)
    options = parser.parse_args()
    program = json.load(sys.stdin)["command"]
    sys.stdout.write(page(program, options.version, options.date) + options.sections.read_text(encoding="utf-8"))


def page(program, version, date):
    name = program["commandName"]
    lines = [
        f'.TH {name.upper()} 1 "{date}" "{name} {version}" "User Commands"',
        ".SH NAME",
        f"{name} \\- {sentence(program['abstract'])}",
        ".SH SYNOPSIS",
        f".B {name}",
        ".I command",
        ".RI [ options ]",
        ".SH DESCRIPTION",
        *paragraphs(program.get("discussion", "")),
        ".SH OPTIONS",
        *arguments(program),
        ".SH COMMANDS",
    ]
    for command in leaves(program):
        lines += [f'.SS "{" ".join(command["path"])}"', *synopsis(command), ".PP", escaped(command["abstract"])]
        lines += [*paragraphs(command.get("discussion", "")), *arguments(command, common=program["arguments"])]
    return "\n".join(lines) + "\n"


def leaves(command, path=()):
    """The commands that do something, with their full names, in the program's order."""
    for each in command.get("subcommands", []):
        if not each.get("shouldDisplay", True) or each["commandName"] == "help":
            continue
        name = (*path, each["commandName"])
        if each.get("subcommands"):
            yield from leaves(each, name)
        else:
            yield {**each, "path": name}


def synopsis(command):
    yield ".PP"
    yield f".B notifyd {' '.join(command['path'])}"
    for each in command.get("arguments", []):
        if each["kind"] == "positional" and each.get("shouldDisplay", True):
            name = each["valueName"] + (" ..." if each["isRepeating"] else "")
            yield f".RI [ \"{name}\" ]" if each["isOptional"] else f".I \"{name}\""
    yield ".RI [ options ]"


def arguments(command, common=()):
    """A tagged paragraph for each, but for those that every command has."""
    known = [each.get("names") for each in common if each.get("names")]
    for each in command.get("arguments", []):
        if not each.get("shouldDisplay", True) or each.get("names") in known and each.get("names"):
            continue
        yield ".TP"
        yield tag(each)
        text = escaped(each.get("abstract", ""))
        values = each.get("allValues") or each.get("allValueStrings")
        if values:
            text += f" One of: {escaped(', '.join(values))}."
        if each.get("defaultValue"):
            text += f" Default: {escaped(each['defaultValue'])}."
        yield text


def tag(argument):
    value = escaped(argument["valueName"])
    if argument["kind"] == "positional":
        return f"\\fI{value}\\fR"
    names = [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument["names"]]
    shown = ", ".join(f"\\fB{escaped(name)}\\fR" for name in names)
    return shown if argument["kind"] == "flag" else f"{shown} \\fI{value}\\fR"


def paragraphs(text):
    """Help text as roff: indented lines stay as they are, a line of capitals is a small heading."""
    literal = False
    for line in text.splitlines():
        if line.startswith(" ") != literal and line:
            literal = not literal
            yield ".IP\n.nf" if literal else ".fi"
        if literal and line:
            yield escaped(line.strip() if line.startswith("  ") else line)
        elif not line:
            yield ".fi\n.PP" if literal else ".PP"
            literal = False
        else:
            yield f".PP\n\\fI{escaped(line.capitalize())}\\fR" if re.fullmatch(r"[A-Z][A-Z ]+", line) else escaped(line)
    if literal:
        yield ".fi"


def sentence(text):
    """As `whatis` wants it: no capital, no full stop."""
    text = text.strip().rstrip(".")
    return escaped(text[:1].lower() + text[1:])


if __name__ == "__main__":
    main()

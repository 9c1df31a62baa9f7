#!/usr/bin/python3
"""manual.py: writes notifyd(1) from what the program says about itself.

    manual.py PROGRAM --version 0.1.0 --date 2026-11-23 --sections FILE > notifyd.1

The commands, their options, examples and defaults are the program's own, as in `--help`. FILE has what no command says
(files, signals, environment), in roff, and comes after them.
"""

import argparse
import pathlib
import sys

from roff import escaped

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from command_help import read_commands  # noqa: E402


def main():
    parser = argparse.ArgumentParser(usage=__doc__.partition("\n\n")[2])
    parser.add_argument("program")
    parser.add_argument("--version", required=True)
    parser.add_argument("--date", required=True)
    parser.add_argument("--sections", required=True, type=pathlib.Path)
    options = parser.parse_args()
    program = read_commands(options.program)
    sys.stdout.write(page(program, options.version, options.date) + options.sections.read_text(encoding="utf-8"))


def page(program, version, date):
    lines = [
        f'.TH {program.name.upper()} 1 "{date}" "{program.name} {version}" "User Commands"',
        ".SH NAME",
        f"{program.name} \\- {sentence(program.abstract)}",
        ".SH SYNOPSIS",
        f".B {program.name}",
        ".I command",
        ".RI [ options ]",
        ".SH DESCRIPTION",
        *paragraphs(program.discussion),
        ".SH OPTIONS",
        *arguments(program.arguments),
        ".SH COMMANDS",
    ]
    for command in program.walk():
        if not command.subcommands:
            lines += chapter(command, program)
    for heading, content in program.sections.items():
        lines += [f'.SH "{heading}"', *literal(content)]
    return "\n".join(lines) + "\n"


def chapter(command, program):
    """One command: how it is called, what it does, its examples, the arguments that not every command has."""
    own = [each for each in command.arguments if not each.names or each.names not in common(program)]
    yield f'.SS "{" ".join(command.path[1:])}"'
    yield f"\\fB{escaped(command.name)}\\fR{escaped(command.usage.removeprefix(command.name))}"
    yield ".PP"
    yield escaped(command.abstract)
    yield from paragraphs(command.discussion)
    yield from arguments(own)
    for heading, content in command.sections.items():
        yield f".PP\n{escaped(heading.capitalize())}:"
        yield from literal(content)


def common(program):
    """The names of what the program itself takes, and so every command."""
    return {each.names for each in program.arguments}


def arguments(each_of):
    """A tagged paragraph for each."""
    for each in each_of:
        yield ".TP"
        names = ", ".join(f"\\fB{escaped(name)}\\fR" for name in each.names)
        yield " ".join(filter(None, [names, each.value and f"\\fI{escaped(each.value)}\\fR"]))
        text = escaped(each.meaning)
        if each.choices:
            text += f" One of: {escaped(', '.join(each.choices))}."
        if each.default:
            text += f" Default: {escaped(each.default)}."
        yield text


def paragraphs(text):
    for paragraph in filter(None, text.split("\n\n")):
        yield ".PP"
        yield escaped(paragraph)


def literal(lines):
    yield ".IP\n.nf"
    yield from (escaped(line) for line in lines)
    yield ".fi"


def sentence(text):
    """As `whatis` wants it: no capital, no full stop."""
    text = text.strip().rstrip(".")
    return escaped(text[:1].lower() + text[1:])


if __name__ == "__main__":
    main()

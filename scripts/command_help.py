"""The commands of notifyd as the program itself tells of them: `notifyd --experimental-dump-help`."""

import dataclasses
import json
import re
import subprocess


@dataclasses.dataclass(frozen=True)
class Argument:
    """A positional argument, an option or a flag."""

    kind: str  # positional, option, flag
    names: tuple  # as typed: ("--config",); of a positional none
    value: str  # the value's name; of a flag empty
    meaning: str
    is_optional: bool
    is_repeating: bool
    default: str | None
    choices: tuple

    @property
    def synopsis(self):
        """As a usage line shows it: `[--since <duration>]`, `<id> ...`."""
        text = f"<{self.value}>" if self.kind == "positional" else self.names[-1]
        if self.kind == "option":
            text += f" <{self.value}>"
        if self.is_repeating:
            text += " ..."
        return f"[{text}]" if self.is_optional else text


@dataclasses.dataclass(frozen=True)
class Command:
    """A command with its subcommands."""

    path: tuple  # ("notifyd", "dlq", "list")
    abstract: str
    discussion: str  # paragraphs, without the sections
    sections: dict  # lines by heading: EXAMPLES, EXIT STATUS
    arguments: tuple
    subcommands: tuple

    @property
    def name(self):
        return " ".join(self.path)

    @property
    def usage(self):
        if self.subcommands:
            return f"{self.name} <subcommand>"
        own = [argument for argument in self.arguments if argument.names[-1:] not in (("--help",), ("--version",))]
        return " ".join([self.name, *(argument.synopsis for argument in own)])

    def walk(self):
        """It, and all commands below it."""
        yield self
        for command in self.subcommands:
            yield from command.walk()


def read_commands(program):
    """The root of the commands of this executable."""
    dump = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout
    return _command(json.loads(dump)["command"], ())


def _command(node, above):
    discussion, sections = _sections(node.get("discussion", ""))
    path = (*above, node["commandName"])
    return Command(
        path=path,
        abstract=node.get("abstract", ""),
        discussion=discussion,
        sections=sections,
        arguments=tuple(_argument(each) for each in node.get("arguments", []) if each.get("shouldDisplay", True)),
        subcommands=tuple(_command(each, path) for each in node.get("subcommands", [])
                          if each.get("shouldDisplay", True) and each["commandName"] != "help"),
    )


def _argument(node):
    dashes = {"long": "--", "short": "-", "longWithSingleDash": "-"}
    names = [dashes[name["kind"]] + name["name"] for name in node.get("names", [])]
    kind = node["kind"]
    return Argument(
        kind=kind,
        names=tuple(sorted(names, key=len)),
        value="" if kind == "flag" else node.get("valueName", ""),
        meaning=node.get("abstract", ""),
        is_optional=node["isOptional"],
        is_repeating=node["isRepeating"],
        default=node.get("defaultValue"),
        choices=tuple(node.get("allValues", [])),
    )


def _sections(text):
    """Paragraphs before the first heading, and the indented lines below each: headings are lines of capitals."""
    discussion, sections, heading = [], {}, None
    for line in text.splitlines():
        if re.fullmatch(r"[A-Z]+( [A-Z]+)*", line):
            heading = line
            sections[heading] = []
        elif heading:
            if line.strip():
                sections[heading].append(line.strip())
        else:
            discussion.append(line)
    return "\n".join(discussion).strip(), sections

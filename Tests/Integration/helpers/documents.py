"""The documentation, taken apart: headings, links, code blocks, what stands between backticks."""

import dataclasses
import functools
import re
import shlex

from harness import ROOT

PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]

_FENCE = re.compile(r"^ *```(\w*)")
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_ASSIGNMENT = re.compile(r"\w+=")
# `notifyd log [--type <type>]` is how a command is called, and none.
_SYNOPSIS = re.compile(r"\[-|\[?<[a-z][\w-]*>")


@dataclasses.dataclass(frozen=True)
class Block:
    """A fenced or indented block: its language ("" where none is named), its first line's number, its lines."""

    language: str
    number: int
    lines: tuple

    @property
    def text(self):
        return "\n".join(self.lines)


@dataclasses.dataclass(frozen=True)
class Call:
    """A program that a line of a block starts, as a shell takes it apart: its words, the program's name first."""

    place: str
    words: tuple


class Page:
    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text()
        self.blocks = []
        self.prose = self._take_blocks_out()

    @functools.cached_property
    def anchors(self):
        """What a link may name after #, by GitHub's rules."""
        found = {}
        for title in re.findall(r"^#+ +(.+?) *$", self.prose, re.MULTILINE):
            title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").lower()
            slug = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
            found[slug] = found.get(slug, 0) + 1
        return {f"{slug}-{number}" if number else slug for slug, count in found.items() for number in range(count)}

    @functools.cached_property
    def links(self):
        return _LINK.findall(re.sub(r"`[^`]*`", "", self.prose))

    @functools.cached_property
    def codes(self):
        """What stands between backticks, its lines joined."""
        return [" ".join(each.split()) for each in re.findall(r"`([^`]+)`", self.prose)]

    @functools.cached_property
    def calls(self):
        """Every program that the blocks start, in shells; output shown below `$ command` is none."""
        found = []
        for block in self.blocks:
            if block.language not in ("", "sh", "bash", "console"):
                continue
            prompts = any(line.startswith("$ ") for line in block.lines)
            for offset, line in enumerate(_joined(block.lines)):
                if (not prompts or line.startswith("$ ")) and not _SYNOPSIS.search(line):
                    place = f"{self.name}:{block.number + offset}"
                    found += [Call(place, words) for words in _commands(line.removeprefix("$ "))]
        return found

    def _take_blocks_out(self):
        """Collects the blocks; returns the rest."""
        rest, lines, fence, begun = [], [], None, 0
        for number, line in enumerate(self.text.splitlines(), start=1):
            mark = _FENCE.match(line)
            if fence is not None:
                if not mark:
                    lines.append(line)
                    continue
                self._keep(fence, begun, lines)
                lines, fence = [], None
            elif mark:
                self._keep("", begun, lines)
                lines, fence, begun = [], mark.group(1), number + 1
            elif line.startswith("    ") and (lines or not rest or not rest[-1].strip()):
                begun = begun if lines else number
                lines.append(line[4:])
            elif lines and not line.strip():
                lines.append("")
            else:
                self._keep("", begun, lines)
                lines = []
                rest.append(line)
                continue
            rest.append("")
        self._keep("", begun, lines)
        return "\n".join(rest)

    def _keep(self, language, begun, lines):
        if any(line.strip() for line in lines):
            self.blocks.append(Block(language, begun, tuple(lines)))


def pages():
    """Every page of the documentation by its name."""
    paths = [ROOT / name for name in PAGES] + sorted((ROOT / "docs").glob("*.md"))
    return {page.name: page for page in map(Page, paths)}


def _joined(lines):
    """Lines that end in a backslash with what follows them."""
    text = "\n".join(lines)
    return re.sub(r"\\\n\s*", " ", text).split("\n")


def _commands(line):
    """The words of each command of a line that is one: without redirections, assignments, sudo and comments."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, "#"
    try:
        words = list(lexer)
    except ValueError:
        words = line.split()
    command, skips = [], False
    for word in [*words, ";"]:
        if word in ("&&", "||", "|", ";", "&", "(", ")"):
            command = _program(command)
            if command:
                yield tuple(command)
            command = []
        elif re.fullmatch(r"[<>]+&?", word):
            skips = True
        elif skips:
            skips = False
        else:
            command.append(word)


def _program(words):
    while words and (words[0] in ("sudo", "exec", "timeout", "nice") or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    if words[:3] == ["docker", "compose", "exec"]:
        inside = [number for number, word in enumerate(words) if number > 2 and not word.startswith("-")]
        words = words[inside[1]:] if len(inside) > 1 else []
    return words

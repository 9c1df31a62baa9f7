"""Text for a terminal of 80 to 100 columns; colours only where somebody sees them."""

import os
import shutil
import sys
import textwrap
import unicodedata

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}

RESULT_STYLES = {"sent": ("green",), "duplicate": ("yellow",), "rejected": ("red",), "failed": ("red",)}


class Terminal:
    """Prints headings, rows and boxes within the width. Colours follow NO_COLOR (https://no-color.org)."""

    def __init__(self):
        self.is_interactive = sys.stdin.isatty() and sys.stdout.isatty()
        self.has_colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.width = max(80, min(100, shutil.get_terminal_size((100, 24)).columns))

    def style(self, text, *names):
        if not self.has_colour or not names:
            return text
        return f"\033[{';'.join(_STYLES[name] for name in names)}m{text}\033[0m"

    def say(self, text="", *styles):
        print(self.style(text, *styles), flush=True)

    def heading(self, text, command=None):
        """A section's title, and the command that shows the same."""
        self.say()
        self.say(text, "bold")
        if command:
            self.say(f"$ {command}", "dim")

    def field(self, name, value, *styles):
        """A name and its value, wrapped under itself."""
        first, *others = textwrap.wrap(value, self.width - columns(name), break_on_hyphens=False) or [""]
        self.say(name + self.style(first, *styles))
        for line in others:
            self.say(" " * columns(name) + self.style(line, *styles))

    def table(self, titles, rows, styled_column):
        """Columns as wide as they have to be; the last is cut where there is no room."""
        widths = [max(columns(str(row[index])) for row in [titles, *rows]) for index in range(len(titles))]
        widths[-1] = self.width - sum(widths[:-1]) - 2 * (len(widths) - 1)
        self.say("  ".join(pad(title, width) for title, width in zip(titles, widths)).rstrip(), "dim")
        for row in rows:
            cells = [pad(fit(str(cell), width), width) for cell, width in zip(row, widths)]
            cells[styled_column] = self.style(cells[styled_column], *RESULT_STYLES.get(row[styled_column], ()))
            self.say("  ".join(cells).rstrip())

    def box(self, lines):
        """Lines in a frame; long ones are wrapped."""
        inner = min(self.width, 88) - 4
        self.say("┌" + "─" * (inner + 2) + "┐", "dim")
        edge = self.style("│", "dim")
        for line in lines:
            for part in textwrap.wrap(line, inner, break_on_hyphens=False) or [""]:
                self.say(f"{edge} {pad(part.rstrip(), inner)} {edge}")
        self.say("└" + "─" * (inner + 2) + "┘", "dim")


def columns(text):
    """How many columns a terminal gives it: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def pad(text, width):
    return text + " " * max(0, width - columns(text))


def fit(text, width):
    """Cut at the end where it is too long."""
    return text if columns(text) <= width else text[: width - 1] + "…"


def fit_middle(text, width):
    """Cut in the middle where it is too long: both ends of a span's name say something."""
    if columns(text) <= width:
        return text
    left = (width - 1) // 2
    return text[:left] + "…" + text[len(text) - (width - 1 - left) :]

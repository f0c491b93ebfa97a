"""The one way to a person: what goes to standard output, what to standard error."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from deployments.cli.options import Output

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PLAIN_WIDTH = 200  # columns of a table where no terminal says how wide it is


@dataclass
class Screen:
    """Says things to a person or, with `--output json`, one JSON document to a program.

    With `--output json` everything for people goes to standard error.
    """

    output: Output = Output.TEXT

    @property
    def wants_json(self) -> bool:
        """Whether standard output is for a program."""
        return self.output is Output.JSON

    @property
    def is_live(self) -> bool:
        """Whether standard output is a terminal that can redraw lines."""
        dumb = os.environ.get("TERM", "dumb") in ("dumb", "unknown", "")
        return sys.stdout.isatty() and not self.wants_json and not dumb

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def say(self, text: str = "") -> None:
        """Tell a person something, on standard output."""
        file = sys.stderr if self.wants_json else sys.stdout
        _write(file, _writable(file, text))

    def warn(self, text: str) -> None:
        """Tell a person something that is no result, on standard error."""
        _write(sys.stderr, text)

    def ask(self, question: str) -> str:
        """Ask a person at the terminal; an end of input is an empty answer."""
        sys.stderr.write(question)
        sys.stderr.flush()
        return sys.stdin.readline().strip()

    def document(self, text: str) -> None:
        """Write a whole document, for a program or a file."""
        _write(sys.stdout, text)

    def show(self, renderable: RenderableType) -> None:
        """Show a table; without the spaces that would fill its last column."""
        console = self.console()
        with console.capture() as capture:
            console.print(renderable)
        for line in capture.get().splitlines():
            self.say(line.rstrip())

    def console(self) -> Console:
        """Return a console on standard output; it keeps to NO_COLOR and to a terminal's width."""
        from rich.console import Console

        file = sys.stderr if self.wants_json else sys.stdout
        width = None if file.isatty() else PLAIN_WIDTH
        return Console(file=file, highlight=False, markup=False, emoji=False, width=width)


def _writable(file: TextIO, text: str) -> str:
    """Escape what a terminal's encoding does not have, as standard error does by itself."""
    encoding = file.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _write(file: TextIO, text: str) -> None:
    """Write a line; where its reader has gone, write nowhere from now on: the work goes on."""
    try:
        file.write(f"{text}\n")
        file.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())

"""How a failure is shown to people, and where the trace of a defect goes."""

from __future__ import annotations

import tempfile
import textwrap
import time
import traceback
from pathlib import Path

from bedplate.adapters.redaction import KNOWN
from bedplate.errors import BedplateError, TemporaryError
from deployments.home import find_home

LABELS = 6  # the width of the words on the left


def block(error: BedplateError, heading: str = "") -> str:
    """Return a failure as people read it: code, what was seen, why, what to do, and who can."""
    rows = (
        ("seen", error.seen),
        ("why", error.why),
        ("do", error.remedy),
        ("who", error.owner.value),
    )
    lines = [f"❌ {heading or error.code}" + (f": {error.code}" if heading else "")]
    for label, text in rows:
        if text:
            lines.append(_row(label, text))
    if isinstance(error, TemporaryError):
        lines.append(_row("again", "yes: the same command may succeed later"))
    return KNOWN.redact("\n".join(lines))


def _row(label: str, text: str) -> str:
    first, *rest = text.splitlines()
    head = f"   {label:<{LABELS}}{first}"
    return "\n".join([head, *(textwrap.indent(line, " " * (LABELS + 3)) for line in rest)])


def save_crash(error: BaseException) -> Path:
    """Write the trace of an error that nobody expected to a file; returns where it is."""
    text = KNOWN.redact("".join(traceback.format_exception(error)))
    name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{time.monotonic_ns()}.txt"
    try:
        path = find_home().folder("crashes") / name
        path.write_text(text, encoding="utf-8")
    except (OSError, BedplateError):
        # Nothing may be written at home, which may be what broke.
        path = Path(tempfile.mkdtemp(prefix="bedplate-")) / name
        path.write_text(text, encoding="utf-8")
    return path

"""Writes the generated parts of the pages; `--check` fails where one is stale."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bedplate.engine.drawing import mermaid
from bedplate.operations import CREATE, OPERATIONS
from deployments.cli import reference
from deployments.gateway.openapi import openapi_text

ROOT = Path(__file__).parent.parent
COLUMNS = ("step", "what people read", "runs after", "needs", "gives", "patience")
BEGIN, END = "<!-- generated: {} -->", "<!-- end: {} -->"

HTTP_METHODS = frozenset({"DELETE", "HEAD", "PATCH", "POST"})


def create_drawing() -> str:
    """The create operation as a Mermaid chart."""
    return f"```mermaid\n{mermaid(CREATE)}```"


def operation_tables() -> str:
    """Every operation: its drawing, and a row per step."""
    parts: list[str] = []
    for operation in OPERATIONS.values():
        rows = [
            f"| {step.label} | {step.phase.title} | {', '.join(sorted(step.after)) or '–'} |"
            f" {', '.join(key.name for key in step.phase.needs) or '–'} | {step.phase.gives.name} |"
            f" {step.phase.patience.deadline:.0f} s × {step.phase.patience.attempts} |"
            for step in operation.steps
        ]
        head = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"
        drawing = f"```mermaid\n{mermaid(operation)}```"
        parts.append(f"## {operation.name}\n\n{drawing}\n\n{head}\n" + "\n".join(rows))
    return "\n\n".join(parts)


def error_codes() -> str:
    """Every error code in the source: what it says, and whether the engine tries again."""
    rows = {row for path in sorted((ROOT / "bedplate").rglob("*.py")) for row in _raised(path)}
    head = "| code | class | says |\n|---|---|---|"
    return head + "\n" + "\n".join(f"| `{c}` | {kind} | {says} |" for c, kind, says in sorted(rows))


def _raised(path: Path) -> Iterator[tuple[str, str, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or len(node.args) < 2:
            continue
        code, seen = node.args[0], node.args[1]
        if not isinstance(code, ast.Constant) or code.value in HTTP_METHODS:
            continue
        if re.fullmatch(r"[A-Z][A-Z_]{3,}", str(code.value)):
            yield str(code.value), ast.unparse(node.func).rpartition(".")[2], _words(seen)


def _words(node: ast.expr) -> str:
    """The literal text of a message, with an ellipsis for each value filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value).replace("|", "/").replace("\n", " ")
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part) for part in node.values)
    return "…"


PARTS: Mapping[str, Callable[[], str]] = {
    "create drawing": create_drawing,
    "operations": operation_tables,
    "error codes": error_codes,
    "exit statuses": reference.exit_statuses,
    "verbs": reference.verbs,
    "documents": reference.documents,
}
PAGES = (
    "README.md",
    "docs/reference/operations.md",
    "docs/reference/errors.md",
    "docs/reference/cli.md",
)

WHOLE: Mapping[str, Callable[[], str]] = {"docs/reference/gateway.openapi.json": openapi_text}


def rewritten(text: str) -> str:
    """Return a page's text with each of its generated parts made anew."""
    for name, make in PARTS.items():
        begin, end = BEGIN.format(name), END.format(name)
        if begin in text:
            before, _, rest = text.partition(begin)
            _, _, after = rest.partition(end)
            text = f"{before}{begin}\n{make()}\n{end}{after}"
    return text


def main(arguments: list[str]) -> int:
    """Rewrite the pages, or with `--check` say which are stale."""
    stale = []
    for page in (*PAGES, *WHOLE):
        path = ROOT / page
        old = path.read_text() if path.exists() else ""
        new = WHOLE[page]() if page in WHOLE else rewritten(old)
        if new != old:
            stale.append(page)
            if "--check" not in arguments:
                path.write_text(new)
    verdict = "stale: run python docs/generate.py" if "--check" in arguments else "rewritten"
    for page in stale:
        print(f"{page}: {verdict}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

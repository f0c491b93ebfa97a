"""Operations drawn: as Mermaid for pages, as a table for terminals."""

from __future__ import annotations

from bedplate.engine.operation import Operation


def mermaid(operation: Operation) -> str:
    """Return the operation as a Mermaid flow chart."""
    lines = ["flowchart TD"]
    lines += [f'  {_id(step.name)}["{step.label}"]' for step in operation.steps]
    for step in operation.steps:
        ordered = (other.name for other in operation.steps if other.name in step.after)
        lines += [f"  {_id(before)} --> {_id(step.name)}" for before in ordered]
    if operation.one_way:
        lines.append(f"  style {_id(operation.one_way)} stroke-width:3px")
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    return name.replace("-", "_")

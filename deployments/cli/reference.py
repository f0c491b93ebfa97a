"""The generated parts of docs/reference/cli.md: verbs, exit statuses, documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import typer
from pydantic.fields import FieldInfo
from typer.core import TyperArgument, TyperGroup, TyperOption

from deployments.cli import reports
from deployments.cli.backup_reports import BACKUP_DOCUMENTS
from deployments.cli.bundle_reports import BUNDLE_DOCUMENTS
from deployments.cli.certificate_reports import CERTIFICATE_DOCUMENTS
from deployments.cli.drift_reports import DRIFT_DOCUMENTS
from deployments.cli.exits import MEANINGS
from deployments.cli.fleet_reports import FLEET_DOCUMENTS
from deployments.cli.main import app
from deployments.cli.preflight_reports import PREFLIGHT_DOCUMENTS
from deployments.cli.reports import Report

DOCUMENTS = {
    **reports.DOCUMENTS,
    **BUNDLE_DOCUMENTS,
    **PREFLIGHT_DOCUMENTS,
    **DRIFT_DOCUMENTS,
    **CERTIFICATE_DOCUMENTS,
    **BACKUP_DOCUMENTS,
    **FLEET_DOCUMENTS,
}

_JSON_TYPES = {"str": "string", "int": "integer", "float": "number", "Standing": "string"}


def verbs() -> str:
    """Return every verb with its arguments and options."""
    return "\n\n".join(_verb(name, command) for name, command in _commands())


def exit_statuses() -> str:
    """Return the table of exit statuses."""
    rows = [f"| {status} | {says} |" for status, says in MEANINGS.items()]
    return "\n".join(["| status | means |", "|---|---|", *rows])


def documents() -> str:
    """Return the fields of every document, each model once."""
    uses = [
        f"| `{verbs}` | [{model.__name__}](#{model.__name__.lower()}) |"
        for verbs, model in DOCUMENTS.items()
    ]
    head = "\n".join(["| verb | document |", "|---|---|", *uses])
    return "\n\n".join([head, *(_document(model) for model in _models())])


def _commands() -> Iterator[tuple[str, typer.core.TyperCommand]]:
    yield from _below("bedplate", typer.main.get_command(app))


def _below(name: str, command: object) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    if isinstance(command, TyperGroup):
        for word in command.list_commands(typer.Context(command)):
            yield from _below(f"{name} {word}", command.commands[word])
    elif isinstance(command, typer.core.TyperCommand):
        yield name, command


def _verb(name: str, command: typer.core.TyperCommand) -> str:
    rows = [_parameter(parameter) for parameter in command.params]
    shown = [row for row in rows if row]
    table = "\n".join(["", "| | |", "|---|---|", *shown]) if shown else ""
    return f"### {name}\n\n{command.help}\n{table}"


def _parameter(parameter: object) -> str:
    if isinstance(parameter, TyperArgument):
        return f"| `{_cell(parameter.metavar or '')}` | {parameter.help} |"
    if not isinstance(parameter, TyperOption) or "--help" in parameter.opts:
        return ""
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    default = parameter.default
    notes = " Required." if parameter.required else ""
    if default not in (None, False):
        notes = f" Default: `{default}`."
    return f"| {names} | {parameter.help}{notes} |"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _models() -> Iterator[type[Report]]:
    """Yield every model that a document is made of, each once, outer ones first."""
    todo = list(DOCUMENTS.values())
    seen: set[type[Report]] = set()
    while todo:
        model = todo.pop(0)
        if model in seen:
            continue
        seen.add(model)
        yield model
        todo += [part for field in model.model_fields.values() for part in _parts(field.annotation)]


def _parts(annotation: object) -> Iterator[type[Report]]:
    if isinstance(annotation, type) and issubclass(annotation, Report):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)


def _document(model: type[Report]) -> str:
    rows = [
        f"| `{name}` | {_type(field)} | {field.description or ''} |"
        for name, field in model.model_fields.items()
    ]
    return "\n".join(
        [
            f"#### {model.__name__}",
            "",
            f"{model.__doc__}",
            "",
            "| field | type | |",
            "|---|---|---|",
            *rows,
        ]
    )


def _type(field: FieldInfo) -> str:
    return _spelled(field.annotation)


def _spelled(annotation: object) -> str:
    if annotation is type(None):
        return "null"
    inner = get_args(annotation)
    if not inner:
        name = getattr(annotation, "__name__", str(annotation))
        return _JSON_TYPES.get(name, name)
    words = [_spelled(one) for one in inner if one is not Ellipsis]
    origin = getattr(annotation, "__origin__", None)
    if origin is tuple:
        return f"list of {words[0]}"
    if origin is dict:
        return f"map of {words[0]} to {words[1]}"
    return " or ".join(words)

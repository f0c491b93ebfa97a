"""Reading a specification: from a file or a text to a checked ClusterSpec, or every problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bedplate.errors import BadInput, Owner, Problem, SpecError
from bedplate.spec import encode, rules
from bedplate.spec.assembly import Assembly, assemble
from bedplate.spec.cluster_spec import ClusterSpec, Origin
from bedplate.spec.environment import NO_ENVIRONMENT, Environment
from bedplate.spec.findings import Trouble, around
from bedplate.spec.nodes import MAX_BYTES, Unreadable, parse
from bedplate.spec.objects import find_objects, unknown_kinds

MAX_PROBLEMS = 500
"""More are counted, not shown: nobody reads them, and the text would grow without bound."""

LONGEST_TEXT = 500
"""Characters of a message that are shown."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """How to read: `checked` is strict, asks every rule and fills in the provider's defaults."""

    name: str
    checked: bool
    environment: Environment = NO_ENVIRONMENT

    def read(self, text: str) -> ClusterSpec:
        troubles: list[Trouble] = []
        spec = self.collect(text, troubles)
        if spec is None or troubles:
            raise SpecError(report(self.name, troubles))
        return spec

    def collect(self, text: str, troubles: list[Trouble]) -> ClusterSpec | None:
        """Add what is wrong to the troubles; what could be made of the rest is returned."""
        try:
            documents, wrong = parse(text)
        except Unreadable as error:
            troubles.append(error.trouble)
            return None
        troubles += wrong
        found, wrong = find_objects(documents, strict=self.checked)
        troubles += wrong
        assembly, missing = assemble(found, unknown_kinds(documents))
        if assembly is None:
            # A document that cannot be read may be the Cluster.
            troubles += () if wrong else missing
            return None
        troubles += missing
        spec = assembly.spec(self.name, self.environment, fill_in=self.checked)
        if self.checked:
            troubles += _broken_rules(assembly, spec, self.environment, tuple(troubles))
        elif spec is None and not troubles:
            troubles += _broken_rules(assembly, spec, self.environment, ())
        return spec


def report(name: str, troubles: Iterable[Trouble]) -> list[Problem]:
    """Return troubles as problems of a file, each once, in the order of their places."""
    ordered = sorted(
        dict.fromkeys(troubles), key=lambda trouble: (trouble.mark, trouble.finding.field)
    )
    shown = [_problem(name, trouble) for trouble in ordered[:MAX_PROBLEMS]]
    more = len(ordered) - len(shown)
    if more:
        last = shown[-1]
        shown.append(Problem(name, last.line, last.column, "", f"and {more} problems more"))
    return shown


def collect(
    text: str, name: str, environment: Environment = NO_ENVIRONMENT
) -> tuple[ClusterSpec | None, tuple[Trouble, ...]]:
    """Return everything wrong with a text, and the specification that the rest of it makes."""
    troubles: list[Trouble] = []
    spec = _Reading(name, checked=True, environment=environment).collect(text, troubles)
    return spec, tuple(troubles)


def load_file(path: Path, environment: Environment = NO_ENVIRONMENT) -> ClusterSpec:
    """Read and check the specification in a file.

    Raises:
        BadInput: the file cannot be read, or is not UTF-8.
        SpecError: the specification is wrong; holds every problem with its place.
    """
    return load_text(read_file(path), str(path), environment)


def load_text(
    text: str, name: str = "<text>", environment: Environment = NO_ENVIRONMENT
) -> ClusterSpec:
    """Read and check a specification; `name` stands for the file in problems.

    Raises:
        SpecError: the specification is wrong; holds every problem with its place.
    """
    return _Reading(name, checked=True, environment=environment).read(text)


def read_text(text: str, name: str = "<text>") -> ClusterSpec:
    """Read a specification without asking the rules, as a controller reads what was accepted.

    Unknown fields are ignored, and only the Cluster's own defaults are filled in.

    Raises:
        SpecError: the text is not a specification, or an object it refers to is missing.
    """
    return _Reading(name, checked=False).read(text)


def from_documents(documents: Iterable[Mapping[str, object]], name: str = "<api>") -> ClusterSpec:
    """Return the specification that objects of an API server make, without asking the rules.

    Raises:
        SpecError: the objects are not a specification, or one they refer to is missing.
    """
    return read_text(encode.to_yaml(documents), name)


def read_file(path: Path) -> str:
    """Return the text of a file, unchecked; raises BadInput where it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        # What is too long is refused later, also where the cut goes through a character.
        return content.decode("utf-8-sig", "replace" if len(content) > MAX_BYTES else "strict")
    except OSError as error:
        raise _unreadable(path, error.strerror or type(error).__name__) from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"byte {error.start} is not UTF-8") from error
    except ValueError as error:
        raise _unreadable(path, str(error)) from error


def _unreadable(path: Path, seen: str) -> BadInput:
    return BadInput(
        "SPEC_UNREADABLE",
        f"{str(path)!r} cannot be read: {seen}",
        why="a cluster is described by a UTF-8 text file",
        remedy="check the path and its permissions",
        owner=Owner.SPEC_AUTHOR,
    )


def _broken_rules(
    assembly: Assembly,
    spec: ClusterSpec | None,
    environment: Environment,
    known: tuple[Trouble, ...],
) -> Iterator[Trouble]:
    """Yield what the rules find, except about fields that already have a trouble."""
    origin = Origin(marks=assembly.marks)
    fields = {trouble.finding.field for trouble in known}
    for finding in rules.check(assembly, spec, environment):
        if fields.isdisjoint(around(finding.field)):
            yield Trouble(origin.mark(finding.field), finding)


def _problem(file: str, trouble: Trouble) -> Problem:
    finding, mark = trouble.finding, trouble.mark
    texts = (finding.field, finding.message, finding.expected)
    field, message, expected = (_short(text) for text in texts)
    return Problem(file, mark.line, mark.column, field, message, expected)


def _short(text: str) -> str:
    """Keep a line readable whatever was written in the file."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"

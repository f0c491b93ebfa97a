"""Whether a cluster can be created from a text, or upgraded to it: every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedplate.errors import Problem, SpecError
from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.environment import NO_ENVIRONMENT, Environment
from bedplate.spec.findings import Finding, Mark, Trouble, around
from bedplate.spec.loading import collect, report
from bedplate.spec.nodes import Unreadable, parse
from bedplate.spec.objects import ignored_fields
from bedplate.spec.rules import create_findings
from bedplate.spec.upgrades import upgrade_findings


def problems_of(
    text: str,
    name: str = "<text>",
    *,
    old: ClusterSpec | None = None,
    environment: Environment = NO_ENVIRONMENT,
) -> tuple[Problem, ...]:
    """Return everything that keeps a cluster from being created; none where the text is valid.

    With `old`, the specification of a cluster that exists, everything that keeps it from being
    upgraded instead. `name` stands for the file in problems.
    """
    spec, troubles = collect(text, name, environment)
    if spec is not None:
        more = _at_create(spec) if old is None else _at_upgrade(old, spec)
        troubles += tuple(_new(more, troubles))
    return tuple(report(name, troubles))


def _at_create(spec: ClusterSpec) -> Iterator[Trouble]:
    for finding in create_findings(spec):
        yield Trouble(spec.origin.mark(finding.field), finding)


def _at_upgrade(old: ClusterSpec, new: ClusterSpec) -> Iterator[Trouble]:
    for problem in upgrade_findings(old, new):
        finding = Finding(problem.field, problem.message, problem.expected)
        yield Trouble(Mark(problem.line, problem.column), finding)


def _new(more: Iterable[Trouble], known: tuple[Trouble, ...]) -> Iterator[Trouble]:
    """Yield what is not about a field that already has a trouble, or is part of one."""
    fields = {trouble.finding.field for trouble in known}
    return (trouble for trouble in more if fields.isdisjoint(around(trouble.finding.field)))


def ignored_in(text: str, name: str = "<text>") -> tuple[Problem, ...]:
    """Return the fields that EKS Anywhere ignores: valid, and most often a mistake."""
    try:
        documents, _wrong = parse(text)
    except Unreadable:
        return ()
    return tuple(report(name, ignored_fields(documents)))


def read_old(text: str, name: str = "<text>") -> tuple[ClusterSpec, tuple[Problem, ...]]:
    """Return the specification of a cluster that exists, and what is wrong with it now.

    Defaults are filled in, as in a new one; rules that did not exist then keep nobody from
    upgrading.

    Raises:
        SpecError: the text is not a specification, or an object it refers to is missing.
    """
    spec, troubles = collect(text, name)
    problems = tuple(report(name, troubles))
    if spec is None:
        raise SpecError(problems)
    return spec, problems

"""The work of `generate`."""

from __future__ import annotations

from bedplate.capi.definitions import definitions
from bedplate.spec.encode import to_yaml
from bedplate.spec.skeletons import skeleton
from bedplate.spec.verdict import problems_of
from deployments.cli.screen import Screen


def clusterconfig(screen: Screen, name: str, provider: str) -> None:
    """Write a specification, and say which fields are still open."""
    text, file = skeleton(provider, name), f"{name}.yaml"
    still_open = problems_of(text, file)
    screen.document(text.rstrip("\n"))
    if still_open:
        screen.warn("Still to be filled in:")
    for problem in still_open:
        screen.warn(f"  line {problem.line:<4}{problem.field}: {problem.expected}")
    screen.warn(f"Then: bedplate validate -f {file}")


def crds(screen: Screen) -> None:
    """Write the definitions of all kinds."""
    screen.document(to_yaml(definitions()).rstrip("\n"))

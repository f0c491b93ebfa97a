"""Secrets for a delete: the site's credentials, on the bootstrap cluster."""

from __future__ import annotations

from bedplate import facts
from bedplate.engine.phase import Waiting
from bedplate.fact import Given
from bedplate.phases.deletion.ownership import is_left_over
from bedplate.phases.secrets import Secrets
from bedplate.ports.kube import Side
from bedplate.ports.tools import Tools


class SecretsForDelete(Secrets):
    """Put the site's credentials onto the bootstrap cluster; the cluster's own come with it."""

    title = "Provider specific setup"
    needs = (facts.BOOTSTRAP_PROVIDERS,)

    def __init__(self) -> None:
        super().__init__(Side.BOOTSTRAP)

    def check(self, given: Given, tools: Tools) -> facts.Secrets | None:
        """All is there, on a bootstrap cluster that is not left over from the creation."""
        found = super().check(given, tools)
        return None if found is None or is_left_over(tools) else found

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing: what was put on the bootstrap cluster goes with it, or serves its machines."""
        return None

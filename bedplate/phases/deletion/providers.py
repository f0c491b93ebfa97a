"""Providers for a delete: the Cluster API controllers on the bootstrap cluster."""

from __future__ import annotations

from bedplate import facts
from bedplate.engine.phase import Waiting
from bedplate.fact import Given
from bedplate.phases.deletion.ownership import is_left_over
from bedplate.phases.providers import InstallProviders
from bedplate.ports.kube import Reach, Side
from bedplate.ports.tools import Tools


class ProvidersForDelete(InstallProviders):
    """Install the providers that the machines' objects come back to."""

    needs = (facts.BOOTSTRAP,)

    def __init__(self) -> None:
        super().__init__(Side.BOOTSTRAP)

    def check(self, given: Given, tools: Tools) -> facts.Providers | None:
        """Every controller is available; here the bootstrap cluster is never history."""
        if tools.kube(Side.BOOTSTRAP).reach() is not Reach.ANSWERS or is_left_over(tools):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing: what was put on the bootstrap cluster goes with it, or serves its machines."""
        return None

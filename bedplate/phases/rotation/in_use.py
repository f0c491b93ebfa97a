"""In use: the controllers are let in with the new login, and nothing is kept of the old one."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, objects
from bedplate.capi.cluster import ref_of
from bedplate.capi.managing import managing_side
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import LOGIN_IN_USE
from bedplate.phases.rotation.login import CheckNewLogin
from bedplate.phases.rotation.logins import FORMER, NEXT, entries
from bedplate.phases.rotation.restart import RestartReaders
from bedplate.phases.rotation.secrets import RotateSecrets
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

AVAILABLE = "VCenterAvailable"
"""The condition in which CAPV says whether vCenter lets it in."""


class UseNewLogin(Phase[facts.LoginInUse]):
    """Wait until CAPV is let in; then forget the former login, and what was next.

    The last step looks at the whole again: it alone decides whether a rotation is still to be done.
    """

    title = "Verifying that they are in use"
    gives = LOGIN_IN_USE
    needs = (facts.RESTARTED_READERS,)
    patience = Patience(deadline=900, attempts=2)

    def check(self, given: Given, tools: Tools) -> facts.LoginInUse | None:
        """Nothing is waiting in the vault, each Secret and each reader is as it should be."""
        CheckNewLogin().check(given, tools)
        if RotateSecrets().check(given, tools) is None:
            return None
        if RestartReaders().check(given, tools) is None:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Wait for CAPV; then remove what the vault kept for the way."""
        trouble = _trouble(tools)
        if trouble:
            return Waiting("CAPV to be let in by vCenter", {"says": trouble})
        for name in (*entries(tools.spec, FORMER), *entries(tools.spec, NEXT)):
            if tools.ports.vault.get(name) is not None:
                tools.ports.vault.delete(name)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.LoginInUse | Waiting:
        """Return the user; raises AUTH_DENIED where vCenter lets the vault's user in no more."""
        kept = (*entries(tools.spec, FORMER), *entries(tools.spec, NEXT))
        if any(tools.ports.vault.get(name) is not None for name in kept):
            return Waiting("the former credentials to be forgotten")
        trouble = _trouble(tools)
        if trouble:
            return Waiting("CAPV to be let in by vCenter", {"says": trouble})
        return facts.LoginInUse(user=tools.ports.vcenter.login().user)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """What is forgotten is not brought back; until then the steps before it put it back."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]


def _trouble(tools: Tools) -> str:
    """Return what CAPV says against vCenter; "" where it says nothing."""
    kube = tools.kube(managing_side(tools.spec))
    cluster = kube.get(ref_of(kinds.VSPHERE_CLUSTER, tools.spec.name))
    found = objects.condition(cluster, AVAILABLE) if cluster is not None else None
    return "" if found is None or found.true else found.message or found.reason or found.status

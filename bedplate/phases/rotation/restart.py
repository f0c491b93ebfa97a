"""Restart: whoever reads credentials at its start is started anew, and runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import objects
from bedplate.capi.managing import managing_side, sides
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import RESTARTED_READERS
from bedplate.phases.readiness import is_available
from bedplate.phases.rotation.logins import is_current
from bedplate.ports.kube import Kube, Manifest, Ref, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec

MARK = "bedplate/credentials"
PATH = ("spec", "template", "metadata", "annotations")


class RestartReaders(Phase[facts.RestartedReaders]):
    """Mark each pod template with the version of the Secret that its pods began with.

    The version says whether a restart is due, whoever changed the Secret, and says nothing of what
    is in it.
    """

    title = "Restarting what reads them"
    gives = RESTARTED_READERS
    needs = (facts.ROTATED_SECRETS,)
    patience = Patience(deadline=900, attempts=2)

    def check(self, given: Given, tools: Tools) -> facts.RestartedReaders | None:
        """Each began with the Secret as it is, and runs."""
        if not is_current(tools.ports.vault, tools.spec):
            return None
        if any(tools.answering(side) is None for side in sides(tools.spec)):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Mark those that began with another."""
        for reader in _readers(tools):
            if reader.mark != reader.wanted:
                marks = {"metadata": {"annotations": {MARK: reader.wanted}}}
                reader.kube.patch(reader.ref, {"spec": {"template": marks}})
        return None

    def verify(self, given: Given, tools: Tools) -> facts.RestartedReaders | Waiting:
        """Return the workloads once each has begun and all its pods run."""
        found = list(_readers(tools))
        for reader in found:
            current = objects.is_observed(reader.live) and is_available(reader.live)
            if reader.mark != reader.wanted or not current:
                return Waiting(f"{reader.ref.identity} to run with the new credentials")
        return facts.RestartedReaders(workloads=tuple(one.ref.identity for one in found))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing yet: whoever puts the former ones back starts again what reads them."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]


@dataclass(frozen=True, slots=True)
class _Reader:
    kube: Kube
    ref: Ref
    live: Manifest
    wanted: str

    @property
    def mark(self) -> str:
        return objects.text(self.live, *PATH, MARK)


def _readers(tools: Tools) -> Iterator[_Reader]:
    """Yield the workloads that are there; a site may do without one of them."""
    for reader in provider_of(tools.spec).credential_readers(tools.spec):
        kube = tools.kube(Side.CLUSTER if reader.on_cluster else managing_side(tools.spec))
        live, secret = kube.get(reader.workload), kube.get(reader.secret)
        if live is not None and secret is not None:
            version = objects.text(secret, "metadata", "resourceVersion")
            yield _Reader(kube, reader.workload, live, version)

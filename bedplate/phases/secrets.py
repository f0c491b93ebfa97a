"""Secrets: the credentials that the cluster's own controllers read once it manages itself."""

from __future__ import annotations

from bedplate import facts
from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import build
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.facts import SECRETS, Given
from bedplate.phases.installing import apply_all
from bedplate.ports.kube import JSON, Kube, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec


class Secrets(Phase[facts.Secrets]):
    """Put the site's credentials into the cluster; the cluster's own move with the pivot."""

    title = "Installing EKS-A secrets on workload cluster"
    gives = SECRETS
    patience = Patience(deadline=300)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.Secrets | None:
        """The secrets are there with the vault's credentials."""
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Apply the namespace and the secrets."""
        apply_all(tools.kube(self._side), _wanted(tools))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Secrets | Waiting:
        """Return the names once each secret holds what the vault holds."""
        wanted = _secrets(tools)
        for secret in wanted:
            if not same_data(tools.kube(self._side), secret):
                return Waiting(objects.ref(secret).identity)
        return facts.Secrets(names=tuple(objects.name(secret) for secret in wanted))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the secrets."""
        kube = tools.kube(self._side)
        if kube.reach() is Reach.ANSWERS:
            for secret in _secrets(tools):
                kube.delete(objects.ref(secret))
        return None

    def reads(self, spec: ClusterSpec) -> JSON:
        """Only the names depend on the specification."""
        return [spec.name, spec.provider_kind]


def _wanted(tools: Tools) -> tuple[Manifest, ...]:
    return (build(kinds.NAMESPACE, names.NAMESPACE, {}, namespace=""), *_secrets(tools))


def _secrets(tools: Tools) -> tuple[Manifest, ...]:
    """The site's secret; the cluster's own carries the move label and comes with the pivot."""
    credentials = provider_of(tools.spec).credentials(tools)
    return tuple(secret for secret in credentials if kinds.MOVE_LABEL not in objects.labels(secret))


def same_data(kube: Kube, secret: Manifest) -> bool:
    """Say whether the live secret holds the wanted data; values are compared, never shown."""
    live = kube.get(objects.ref(secret))
    return live is not None and objects.mapping(live, "data") == objects.mapping(secret, "data")

"""Secrets: what the cluster's own controllers read, and no move brings, once it manages itself."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import build
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import SECRETS
from bedplate.phases.installing import apply_all
from bedplate.phases.rendering import draft
from bedplate.ports.kube import JSON, Kube, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec


class Secrets(Phase[facts.Secrets]):
    """Put the site's credentials into the cluster; the cluster's own move with the pivot.

    Cluster-scoped objects do not move either: vSphere's failure domains come here in the same way.
    """

    title = "Installing EKS-A secrets on workload cluster"
    gives = SECRETS
    patience = Patience(deadline=300)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.Secrets | None:
        """All is there, the secrets with the vault's credentials."""
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Apply the namespace, the secrets and what is cluster-scoped."""
        apply_all(tools.kube(self._side), _wanted(tools))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Secrets | Waiting:
        """Return the names once each secret holds what the vault holds."""
        kube, secrets = tools.kube(self._side), _secrets(tools)
        for secret in secrets:
            if not same_data(kube, secret):
                return Waiting(objects.ref(secret).identity)
        for shared in _cluster_scoped(tools.spec, tools.bundle):
            if kube.get(objects.ref(shared)) is None:
                return Waiting(objects.ref(shared).identity)
        return facts.Secrets(names=tuple(objects.name(secret) for secret in secrets))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete what was applied, but not the namespace."""
        kube = tools.kube(self._side)
        if kube.reach() is Reach.ANSWERS:
            for manifest in (*_secrets(tools), *_cluster_scoped(tools.spec, tools.bundle)):
                kube.delete(objects.ref(manifest))
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The names of the secrets, and the cluster-scoped objects."""
        return [spec.name, spec.provider_kind, *_cluster_scoped(spec, bundle)]


def _wanted(tools: Tools) -> tuple[Manifest, ...]:
    namespace = build(kinds.NAMESPACE, names.NAMESPACE, {}, namespace="")
    return (namespace, *_secrets(tools), *_cluster_scoped(tools.spec, tools.bundle))


def _cluster_scoped(spec: ClusterSpec, bundle: ChosenBundle) -> tuple[Manifest, ...]:
    rendered = provider_of(spec).control_plane(draft(spec, bundle))
    return tuple(manifest for manifest in rendered if not objects.ref(manifest).namespace)


def _secrets(tools: Tools) -> tuple[Manifest, ...]:
    """The site's secrets; the cluster's own are called after it and come with the pivot."""
    credentials = provider_of(tools.spec).credentials(tools)
    own = f"{tools.spec.name}-"
    return tuple(secret for secret in credentials if not objects.name(secret).startswith(own))


def same_data(kube: Kube, secret: Manifest) -> bool:
    """Say whether the live secret holds the wanted data; values are compared, never shown."""
    live = kube.get(objects.ref(secret))
    return live is not None and objects.mapping(live, "data") == objects.mapping(secret, "data")

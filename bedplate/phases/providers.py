"""Providers: cert-manager and the Cluster API controllers, on either cluster."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import objects
from bedplate.capi.cluster import build
from bedplate.capi.restore import was_moved
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import TemporaryError
from bedplate.fact import Given
from bedplate.facts import BOOTSTRAP_PROVIDERS, CLUSTER_PROVIDERS
from bedplate.phases.installing import (
    all_missing,
    apply_definitions,
    apply_release,
    missing,
    remove_release,
)
from bedplate.ports.components import Component, Release
from bedplate.ports.kube import JSON, Kind, Kube, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec

CORE = (
    Component.CERT_MANAGER,
    Component.CLUSTER_API,
    Component.KUBEADM_BOOTSTRAP,
    Component.KUBEADM_CONTROL_PLANE,
)
PROBE = build(
    Kind("cert-manager.io/v1", "Issuer"),
    "bedplate-probe",
    {"spec": {"selfSigned": {}}},
    namespace="cert-manager",
)
EXTERNAL_ETCD = (Component.ETCDADM_BOOTSTRAP, Component.ETCDADM_CONTROLLER)


class InstallProviders(Phase[facts.Providers]):
    """Install the providers on one side and wait until every controller is available."""

    patience = Patience(deadline=1800, attempts=3)

    def __init__(self, side: Side) -> None:
        self._side = side
        on = "bootstrap" if side is Side.BOOTSTRAP else "workload"
        self.title = f"Installing cluster-api providers on {on} cluster"
        self.gives = BOOTSTRAP_PROVIDERS if side is Side.BOOTSTRAP else CLUSTER_PROVIDERS

    def check(self, given: Given, tools: Tools) -> facts.Providers | None:
        """Every controller of the wanted versions is available.

        After the pivot those of the bootstrap cluster were stopped on purpose: they are history.
        """
        if self._side is Side.BOOTSTRAP and was_moved(tools):
            return facts.Providers(providers=_names(_releases(tools)))
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Apply cert-manager and wait for it, since the others ask it for certificates.

        Their definitions, by far the largest part, are applied while it starts.
        """
        kube = tools.kube(self._side)
        cert_manager, *others = _releases(tools)
        if waiting := apply_release(kube, cert_manager):
            return waiting
        for release in others:
            apply_definitions(kube, release)
        if waiting := missing(kube, cert_manager) or _refuses_issuers(kube):
            return waiting
        for release in others:
            if waiting := apply_release(kube, release):
                return waiting
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Providers | Waiting:
        """Return the versions once every controller is available."""
        releases = _releases(tools)
        waiting = all_missing(tools.kube(self._side), releases)
        return waiting or facts.Providers(providers=_names(releases))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the providers' objects."""
        for release in reversed(_releases(tools)):
            remove_release(tools.kube(self._side), release)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """Which providers there are depends on the infrastructure and on external etcd."""
        return [component.value for component in wanted(spec)]


def wanted(spec: ClusterSpec) -> tuple[Component, ...]:
    """Return the components to install, in order."""
    etcd = EXTERNAL_ETCD if spec.etcd is not None else ()
    return (*CORE, *etcd, provider_of(spec).component)


def _refuses_issuers(kube: Kube) -> Waiting | None:
    """Ask cert-manager's webhook about an Issuer that nobody keeps.

    It is available some seconds before the API server can speak to it.
    """
    try:
        kube.dry_run(objects.ref(PROBE), PROBE)
    except TemporaryError as error:
        return Waiting("cert-manager's webhook to answer", error.as_dict())
    return None


def _names(releases: Sequence[Release]) -> tuple[str, ...]:
    return tuple(f"{release.component}@{release.version}" for release in releases)


def _releases(tools: Tools) -> Sequence[Release]:
    return [tools.ports.components.release(component) for component in wanted(tools.spec)]

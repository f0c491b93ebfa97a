"""External etcd: its machines are replaced first, while the control plane stands still."""

from __future__ import annotations

from bedplate import facts
from bedplate.capi import kinds, names, objects
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import ref_of
from bedplate.capi.external_etcd import UPGRADING, members, serves
from bedplate.capi.naming import ETCD_REF, is_derivative
from bedplate.engine.phase import Patience, Waiting
from bedplate.fact import Given
from bedplate.facts import EXTERNAL_ETCD, PROVIDER_SETUP
from bedplate.phases.machines import evidence
from bedplate.phases.rendering import Render
from bedplate.phases.upgrade.etcd_members import etcd_cluster, etcd_machines
from bedplate.phases.upgrade.origins import CLONED_FROM
from bedplate.phases.upgrade.pausing import stop_control_plane
from bedplate.phases.upgrade.rolling import Roll, control_plane_render, is_of_etcd
from bedplate.ports.kube import Kind, Kube, Manifest
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class RollEtcd(Roll[facts.ExternalEtcd]):
    """Order etcd's machines and wait until all serve.

    Their addresses are part of what the control plane is made of: with the control plane paused
    meanwhile, it is replaced once and not with every member. Until then former members serve on.
    """

    title = "Upgrading external etcd"
    gives = EXTERNAL_ETCD
    needs = (PROVIDER_SETUP,)
    patience = Patience(deadline=5400, attempts=2)

    def skip(self, spec: ClusterSpec) -> str | None:
        """Stacked etcd goes with the control plane."""
        return None if spec.etcd is not None else "etcd is on the control plane"

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Order, where there is an external etcd."""
        return super().run(given, tools) if tools.spec.etcd is not None else None

    def prepare(self, tools: Tools, kube: Kube) -> None:
        """Have the control plane stand still; the next step lets it go on.

        The mark is for a control plane that is not paused in time. It is set for new machines
        alone: where only their number changes, its controller may never take it away.
        """
        stop_control_plane(kube, tools.spec)
        etcd = etcd_cluster(kube, tools.spec)
        if etcd is not None and any(one.is_replaced for one in self.groups(tools, ())):
            kube.patch(objects.ref(etcd), {"metadata": {"annotations": {UPGRADING: "true"}}})

    def wanted(self, spec: ClusterSpec, kube: Kube, first: Blueprint) -> tuple[Manifest, ...]:
        """Return etcd's part of the control plane's objects."""
        if spec.etcd is None:
            return ()
        found = super().wanted(spec, kube, first)
        return tuple(manifest for manifest in found if is_of_etcd(spec, manifest))

    def render(self, spec: ClusterSpec) -> Render:
        """Return what renders etcd among others."""

        def of_etcd(blueprint: Blueprint) -> tuple[Manifest, ...]:
            rendered = control_plane_render(spec)(blueprint)
            return tuple(one for one in rendered if is_of_etcd(spec, one))

        return of_etcd

    def verify(self, given: Given, tools: Tools) -> facts.ExternalEtcd | Waiting:
        """Look at each machine, then at what the controller says of all."""
        spec, kube = tools.spec, tools.kube(self._side)
        if spec.etcd is None:
            return facts.ExternalEtcd(members=())
        etcd = etcd_cluster(kube, spec)
        if etcd is None:
            return Waiting(f"EtcdadmCluster {names.etcd_cluster(spec.name)}")
        # Former members stay until the control plane was replaced, which the next step does.
        own = members(etcd, etcd_machines(kube, spec))
        current = [m for m in own if not objects.is_deleting(m) and _is_current(kube, etcd, m)]
        if not serves(etcd) or len(current) != spec.etcd.count or len(own) != spec.etcd.count:
            on = f"{len(current)} of {spec.etcd.count} etcd machines up to date, {len(own)} there"
            return Waiting(on, evidence(own))
        return facts.ExternalEtcd(members=tuple(objects.name(machine) for machine in current))


def _is_current(kube: Kube, etcd: Manifest, machine: Manifest) -> bool:
    """Say whether a machine was cloned from the template in use, with the configuration in use."""
    infrastructure = _referred(kube, machine, kinds.INFRASTRUCTURE, "infrastructureRef")
    config = _referred(
        kube, machine, "bootstrap.cluster.x-k8s.io/v1beta1", "bootstrap", "configRef"
    )
    if infrastructure is None or config is None:
        return False
    origin = objects.annotations_of(infrastructure).get(CLONED_FROM)
    wanted = objects.mapping(etcd, "spec", "etcdadmConfigSpec")
    same = is_derivative(wanted, objects.mapping(config, "spec"))
    return same and origin == objects.text(etcd, *ETCD_REF, "name")


def _referred(kube: Kube, machine: Manifest, version: str, *path: str) -> Manifest | None:
    reference = objects.mapping(machine, "spec", *path)
    kind = Kind(version, objects.text(reference, "kind"))
    return kube.get(ref_of(kind, objects.text(reference, "name"), objects.namespace(machine)))

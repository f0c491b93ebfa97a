"""Rules about other changes that an upgrade cannot make."""

from __future__ import annotations

from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.findings import Finding, Findings
from bedplate.spec.fixed import is_paused
from bedplate.spec.models.cloudstack_datacenter import CloudStackDatacenterConfig

SKIP = "Cluster.spec.clusterNetwork.cniConfig.cilium.skipUpgrade"
ZONES = "CloudStackDatacenterConfig.spec.availabilityZones"


def cilium_stays_left_alone(old: ClusterSpec, new: ClusterSpec) -> Findings:
    """A Cilium that its owner took over is not taken back."""
    if _left_alone(old) and not _left_alone(new) and _has_cilium(new):
        said = "was true, and Cilium cannot be taken back"
        yield Finding(SKIP, said, "true, as before")


def _left_alone(spec: ClusterSpec) -> bool:
    config = spec.cluster.spec.cluster_network.cni_config
    return config is not None and config.cilium is not None and bool(config.cilium.skip_upgrade)


def _has_cilium(spec: ClusterSpec) -> bool:
    config = spec.cluster.spec.cluster_network.cni_config
    return config is not None and config.cilium is not None


def cloudstack_zones(old: ClusterSpec, new: ClusterSpec) -> Findings:
    """Availability zones come and go, but one of them stays, and none changes."""
    before, after = old.datacenter, new.datacenter
    if not isinstance(before, CloudStackDatacenterConfig) or is_paused(before):
        return
    if not isinstance(after, CloudStackDatacenterConfig):
        return
    known = {zone.name: zone for zone in before.spec.availability_zones}
    zones = after.spec.availability_zones
    for index, zone in enumerate(zones):
        if zone.name in known and known[zone.name] != zone:
            said = f"the availability zone {zone.name!r} cannot change after create"
            yield Finding(f"{ZONES}[{index}]", said, "as before, or a zone with another name")
    if known.keys().isdisjoint(zone.name for zone in zones):
        said = "none of the availability zones is one from before"
        yield Finding(ZONES, said, "at least one of " + ", ".join(map(repr, known)))

"""Rules about names, versions and references of the Cluster itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.kinds import KINDS, Role, kinds_with
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.common import Ref
from bedplate.spec.names import near
from bedplate.spec.rules.text import semver, version

LONGEST_NAME = 35
FIRST_VERSION = (1, 18)
LAST_VERSION = (1, 36)

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]+")


def cluster_name(cluster: Cluster) -> Findings:
    """The name starts with a letter, holds letters, digits and dashes, and is short enough."""
    yield from name_findings(cluster.name)


def name_findings(name: str) -> Findings:
    """Yield what keeps a text from being a cluster's name."""
    if not name:
        yield Finding("metadata.name", "is empty", "the cluster's name")
    elif not _NAME.fullmatch(name):
        allowed = "two or more letters, digits and dashes, a letter first"
        yield Finding("metadata.name", f"{name!r} cannot be a cluster's name", allowed)
    if len(name) > LONGEST_NAME:
        said = f"the name has {len(name)} characters"
        yield Finding("metadata.name", said, f"at most {LONGEST_NAME}")


def kubernetes_version(cluster: Cluster) -> Findings:
    """The version is one that EKS Anywhere ever supported."""
    yield from version_findings(cluster.spec.kubernetes_version, "spec.kubernetesVersion")


def version_findings(text: str, field: str) -> Findings:
    """Yield what is wrong with a Kubernetes version."""
    found = version(text)
    allowed = f"{_dotted(FIRST_VERSION)} to {_dotted(LAST_VERSION)}, in quotes"
    if found is None or not FIRST_VERSION <= found <= LAST_VERSION:
        longer = f"{text}0"
        if found is not None and FIRST_VERSION <= (version(longer) or found) <= LAST_VERSION:
            allowed = f"{longer!r} in quotes, if that is meant"
        said = f"{text!r} is not a supported Kubernetes version" if text else "is not set"
        yield Finding(field, said, allowed)


def _dotted(pair: tuple[int, int]) -> str:
    return f"{pair[0]}.{pair[1]}"


def datacenter_ref(cluster: Cluster) -> Findings:
    """The datacenter is named, and of a provider's kind."""
    ref = cluster.spec.datacenter_ref
    known = kinds_with(Role.DATACENTER)
    if ref.kind not in known:
        said = f"{ref.kind!r} is not a kind of datacenter" if ref.kind else "is not set"
        hint = near(ref.kind, known) or "one of " + ", ".join(known)
        yield Finding("spec.datacenterRef.kind", said, hint)
    if not ref.name:
        yield Finding("spec.datacenterRef.name", "is empty", "the name of the datacenter object")


def machine_group_refs(cluster: Cluster) -> Findings:
    """Every group of machines says how they are made; in Docker, none does."""
    kind = KINDS.get(cluster.spec.datacenter_ref.kind)
    if kind is None or kind.role is not Role.DATACENTER:
        return
    wanted = kind.machines.KIND if kind.machines else ""
    for field, ref in _machine_refs(cluster):
        if ref is None:
            if wanted:
                said = "is not set, so nothing says how these machines are made"
                yield Finding(field, said, f"kind: {wanted} and its name")
        elif ref.kind != wanted:
            right = wanted or f"no machineGroupRef with {kind.name}"
            said = f"{ref.kind!r} does not fit {kind.name}" if ref.kind else "is not set"
            yield Finding(f"{field}.kind", said, right)
        elif not ref.name:
            yield Finding(f"{field}.name", "is empty", f"the name of a {wanted}")


def _machine_refs(cluster: Cluster) -> Iterator[tuple[str, Ref | None]]:
    spec = cluster.spec
    control_plane = spec.control_plane_configuration
    yield "spec.controlPlaneConfiguration.machineGroupRef", control_plane.machine_group_ref
    for index, group in enumerate(spec.worker_node_group_configurations):
        field = f"spec.workerNodeGroupConfigurations[{index}].machineGroupRef"
        yield field, group.machine_group_ref
    etcd = spec.external_etcd_configuration
    if etcd is not None:
        yield "spec.externalEtcdConfiguration.machineGroupRef", etcd.machine_group_ref


def eksa_version(cluster: Cluster) -> Findings:
    """The version is a semantic one, and takes the place of `bundlesRef`."""
    spec = cluster.spec
    if spec.eksa_version is None:
        return
    if spec.bundles_ref is not None:
        said = "bundlesRef and eksaVersion are both set"
        yield Finding("spec.bundlesRef", said, "eksaVersion alone")
    if semver(spec.eksa_version) is None:
        said = f"{spec.eksa_version!r} is not a semantic version"
        yield Finding("spec.eksaVersion", said, "for example v0.26.0")

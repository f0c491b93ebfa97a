"""Versions that no run of ours asked for: somebody else upgraded the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.capi import kinds, objects
from bedplate.drift.finding import Drift, Sort
from bedplate.drift.seen import Seen
from bedplate.ports.kube import Manifest

VERSION_FIELDS = frozenset({"version", "kubernetesVersion", "eksaVersion"})

_OWNERS = (kinds.KUBEADM_CONTROL_PLANE.kind, kinds.MACHINE_DEPLOYMENT.kind)


def foreign_upgrades(seen: Seen) -> Iterator[Drift]:
    """Yield the versions of control plane, worker groups, EKS Anywhere and nodes that are foreign.

    A minor version counts as ours if any run of this life of the cluster asked for it. The exact
    version is compared where it is known: with the bundle of the newest run, once that is done.
    """
    if seen.managed is None:
        return
    asked = {_minor(text) for text in _asked(seen)}
    for owner in seen.managed.owned:
        if objects.kind(owner).kind in _OWNERS:
            yield from _owner(seen, owner, asked)
    yield from _eksa(seen)
    for node in seen.nodes or ():
        kubelet = objects.text(node, "status", "nodeInfo", "kubeletVersion")
        if kubelet and _minor(kubelet) not in asked:
            yield _foreign(seen, objects.ref(node).identity, "kubelet", kubelet, asked)


def _asked(seen: Seen) -> Iterator[str]:
    for spec in seen.specs:
        yield spec.kubernetes_version
        yield from (spec.worker_version(group) for group in spec.workers)


def _owner(seen: Seen, owner: Manifest, asked: set[str]) -> Iterator[Drift]:
    version, target = _version(owner), objects.ref(owner).identity
    if not version:
        return
    if _minor(version) not in asked:
        yield _foreign(seen, target, "Kubernetes", version, asked)
        return
    assert seen.managed is not None  # noqa: S101 - for mypy: whoever calls has looked
    wanted = {objects.ref(one): _version(one) for one in seen.managed.asked}
    exact = wanted.get(objects.ref(owner))
    if seen.settled and seen.managed.same_bundle and exact and exact != version:
        yield _foreign(seen, target, "Kubernetes", version, {exact})


def _version(owner: Manifest) -> str:
    of_group = objects.text(owner, "spec", "template", "spec", "version")
    return of_group or objects.text(owner, "spec", "version")


def _eksa(seen: Seen) -> Iterator[Drift]:
    """What EKS Anywhere's own Cluster asks for, which its controller brings about."""
    assert seen.managed is not None  # noqa: S101 - for mypy: whoever calls has looked
    cluster = next(
        (
            live
            for ref, live in seen.managed.live.items()
            if ref.kind == kinds.ANYWHERE_CLUSTER and ref.name == seen.spec.name
        ),
        None,
    )
    if cluster is None:
        return
    target = objects.ref(cluster).identity
    kubernetes = objects.text(cluster, "spec", "kubernetesVersion")
    asked = {_minor(text) for text in _asked(seen)}
    if kubernetes and kubernetes not in asked:
        yield _foreign(seen, target, "Kubernetes", kubernetes, asked)
    release = objects.text(cluster, "spec", "eksaVersion")
    releases = {spec.cluster.spec.eksa_version or "" for spec in seen.specs} - {""}
    if release and releases and release not in releases:
        yield _foreign(seen, target, "EKS Anywhere", release, releases)


def _minor(version: str) -> str:
    return ".".join(version.lstrip("v").split(".")[:2])


def _foreign(seen: Seen, target: str, what: str, version: str, asked: set[str]) -> Drift:
    return Drift(
        Sort.FOREIGN_UPGRADE,
        target,
        f"{what} {version}; what our runs asked for is {', '.join(sorted(asked))}",
        "find out who upgraded it (kubectl get --show-managed-fields names the tool), and let one"
        f" of you do it; if {version} is to stay, write it into the specification of"
        f" {seen.spec.name}",
    )

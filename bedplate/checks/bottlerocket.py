"""Kubelet settings on Bottlerocket, whose own settings are all that the kubelet gets."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.checks.finding import Findings, block
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.spec import ClusterSpec, FreeObject, OSFamily, Ref
from bedplate.spec.models.host_os import BottlerocketKubernetes
from bedplate.spec.names import near, spelled

HEADER = ("apiVersion", "kind")
KNOWN = tuple(sorted(spelled(field) for field in BottlerocketKubernetes.model_fields))


def bottlerocket_kubelet(scene: Scene) -> Findings:
    """Every setting is one that Bottlerocket passes on; upper and lower case do not matter."""
    known = {name.lower() for name in (*KNOWN, *HEADER)}
    for field, settings, ref in _settings(scene.spec):
        if not _runs_bottlerocket(scene.spec, ref):
            continue
        for name in settings or ():
            if name.lower() not in known:
                hint = near(name, KNOWN) or f"one of {', '.join(KNOWN)}"
                yield block(
                    f"{field}.{name}",
                    "Bottlerocket has no such setting, so its machines would not start",
                    f"remove it, or write what Bottlerocket has: {hint}",
                    Owner.SPEC_AUTHOR,
                )


def _settings(spec: ClusterSpec) -> Iterator[tuple[str, FreeObject | None, Ref | None]]:
    control = spec.control_plane
    field = "Cluster.spec.controlPlaneConfiguration.kubeletConfiguration"
    yield field, control.kubelet_configuration, control.machine_group_ref
    for index, group in enumerate(spec.workers):
        field = f"Cluster.spec.workerNodeGroupConfigurations[{index}].kubeletConfiguration"
        yield field, group.kubelet_configuration, group.machine_group_ref


def _runs_bottlerocket(spec: ClusterSpec, ref: Ref | None) -> bool:
    config = spec.machine_configs.get(ref.name) if ref is not None else None
    return getattr(config and config.spec, "os_family", None) is OSFamily.BOTTLEROCKET

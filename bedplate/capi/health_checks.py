"""The MachineHealthChecks of a cluster: when Cluster API replaces a machine that is not well."""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import build
from bedplate.ports.kube import JSON, Manifest
from bedplate.spec import ClusterSpec, MachineHealthCheck, WorkerNodeGroup
from bedplate.spec.rules.text import seconds


def health_checks(spec: ClusterSpec) -> tuple[Manifest, ...]:
    """Return the health checks of the control plane and of every worker group.

    They are ordered when a node is ready: a check that is there before networking finds every
    machine unhealthy and has it replaced, for ever. EKS Anywhere's controller orders them last.
    """
    workers = (_of_workers(spec, group) for group in spec.workers)
    return (_of_control_plane(spec), *workers)


def without_checks(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return what there is but the health checks."""
    return tuple(one for one in manifests if objects.kind(one) != kinds.MACHINE_HEALTH_CHECK)


def _of_control_plane(spec: ClusterSpec) -> Manifest:
    selector: dict[str, JSON] = {kinds.CONTROL_PLANE_LABEL: ""}
    return _health_check(
        spec, f"{spec.name}-kcp-unhealthy", selector, spec.control_plane_health_check
    )


def _of_workers(spec: ClusterSpec, group: WorkerNodeGroup) -> Manifest:
    name = names.machine_deployment(spec.name, group.name)
    selector: dict[str, JSON] = {kinds.DEPLOYMENT_NAME_LABEL: name}
    return _health_check(
        spec, f"{name}-worker-unhealthy", selector, spec.worker_health_check(group)
    )


def _health_check(
    spec: ClusterSpec, name: str, selector: dict[str, JSON], settings: MachineHealthCheck
) -> Manifest:
    unhealthy = _whole_seconds(settings.unhealthy_machine_timeout)
    conditions: list[JSON] = [
        {"type": "Ready", "status": status, "timeoutSeconds": unhealthy}
        for status in ("Unknown", "False")
    ]
    body: dict[str, JSON] = {
        "clusterName": spec.name,
        "selector": {"matchLabels": selector},
        "checks": {
            "nodeStartupTimeoutSeconds": _whole_seconds(settings.node_startup_timeout),
            "unhealthyNodeConditions": conditions,
        },
        "remediation": {"triggerIf": {"unhealthyLessThanOrEqualTo": settings.max_unhealthy}},
    }
    return build(kinds.MACHINE_HEALTH_CHECK, name, {"spec": body})


def _whole_seconds(duration: str) -> int | None:
    """None where it is no duration: a specification that was read without its rules."""
    length = seconds(duration)
    return None if length is None else int(length)

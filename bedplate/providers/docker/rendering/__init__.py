"""The Docker objects of a cluster: pure functions of its blueprint."""

from __future__ import annotations

from bedplate.capi.blueprint import Blueprint
from bedplate.capi.health_checks import control_plane_health_check, worker_health_check
from bedplate.ports.kube import Manifest
from bedplate.providers.docker.rendering.cluster import cluster, docker_cluster
from bedplate.providers.docker.rendering.control_plane import control_plane
from bedplate.providers.docker.rendering.etcd import etcd
from bedplate.providers.docker.rendering.machines import machine_template
from bedplate.providers.docker.rendering.registry import credentials
from bedplate.providers.docker.rendering.workers import worker_group

__all__ = ["control_plane_objects", "worker_objects"]


def control_plane_objects(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return Cluster, DockerCluster, control plane, external etcd and their templates."""
    return (
        cluster(blueprint.spec),
        docker_cluster(blueprint),
        machine_template(blueprint.versions, blueprint.templates.control_plane),
        control_plane(blueprint),
        *etcd(blueprint),
        *credentials(blueprint),
        control_plane_health_check(blueprint.spec),
    )


def worker_objects(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return what each worker node group consists of, one group after the other."""
    found: list[Manifest] = []
    for group in blueprint.spec.workers:
        found += [*worker_group(blueprint, group), worker_health_check(blueprint.spec, group)]
    return tuple(found)

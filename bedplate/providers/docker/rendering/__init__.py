"""The Docker objects of a cluster: pure functions of its blueprint."""

from __future__ import annotations

from itertools import chain

from bedplate.capi.blueprint import Blueprint
from bedplate.capi.health_checks import health_checks
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
    )


def worker_objects(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return what each worker node group consists of, and every health check."""
    groups = (worker_group(blueprint, group) for group in blueprint.spec.workers)
    return (*chain.from_iterable(groups), *health_checks(blueprint.spec))

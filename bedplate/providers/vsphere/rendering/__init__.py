"""The Cluster API objects of a cluster on vSphere, one file for each part of it."""

from __future__ import annotations

from bedplate.capi.blueprint import Blueprint
from bedplate.capi.health_checks import health_checks
from bedplate.capi.rendering import proxy
from bedplate.ports.kube import Manifest
from bedplate.providers.vsphere.reading import datacenter_of
from bedplate.providers.vsphere.rendering.cloud_provider import cloud_provider
from bedplate.providers.vsphere.rendering.cluster import cluster
from bedplate.providers.vsphere.rendering.control_plane import control_plane
from bedplate.providers.vsphere.rendering.credentials import credentials
from bedplate.providers.vsphere.rendering.etcd import etcd
from bedplate.providers.vsphere.rendering.failure_domains import failure_domains
from bedplate.providers.vsphere.rendering.workers import workers
from bedplate.spec import ClusterSpec

__all__ = ["control_plane_objects", "no_proxy", "worker_objects"]


def control_plane_objects(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return the objects of the cluster, its control plane and its external etcd.

    Secrets hold the credentials of the blueprint: never log them. Raises BadInput for settings
    that an operating system does not have, PermanentError for another provider's specification.
    """
    return (
        *cluster(blueprint),
        *control_plane(blueprint),
        *cloud_provider(blueprint),
        *etcd(blueprint),
        *credentials(blueprint),
        *failure_domains(blueprint),
    )


def worker_objects(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return the objects of the worker node groups, and every health check; raises as above."""
    return (*workers(blueprint), *health_checks(blueprint.spec))


def no_proxy(spec: ClusterSpec) -> tuple[str, ...]:
    """Return what the nodes reach without the proxy; nothing where there is none."""
    return proxy.no_proxy(spec, datacenter_of(spec).spec.server)

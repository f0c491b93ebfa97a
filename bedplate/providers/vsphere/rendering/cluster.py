"""The Cluster, and the VSphereCluster that says where its control plane answers."""

from __future__ import annotations

from bedplate.capi import kinds
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import build
from bedplate.capi.rendering.control_plane import cluster_spec
from bedplate.capi.rendering.files import Fields
from bedplate.ports.kube import Manifest
from bedplate.providers.vsphere.reading import datacenter_of
from bedplate.providers.vsphere.rendering.credentials import vsphere_credentials_name

API_PORT = 6443


def cluster(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return the Cluster and the VSphereCluster."""
    spec = blueprint.spec
    labels: Fields = {kinds.CLUSTER_NAME_LABEL: spec.name}
    whole: Fields = {"spec": cluster_spec(spec, kinds.VSPHERE_CLUSTER)}
    return (
        build(kinds.CLUSTER, spec.name, whole, labels=labels),
        build(kinds.VSPHERE_CLUSTER, spec.name, {"spec": _infrastructure(blueprint)}),
    )


def _infrastructure(blueprint: Blueprint) -> Fields:
    spec, datacenter = blueprint.spec, datacenter_of(blueprint.spec).spec
    return {
        "controlPlaneEndpoint": {"host": spec.endpoint, "port": API_PORT},
        "identityRef": {"kind": "Secret", "name": vsphere_credentials_name(spec.name)},
        "server": datacenter.server,
        "thumbprint": datacenter.thumbprint,
    }

"""The vSphere cloud provider (CPI), which a ClusterResourceSet puts into the new cluster.

It gives nodes their provider id and addresses; until then they carry a taint and nothing runs.
"""

from __future__ import annotations

from bedplate.capi import kinds
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import build
from bedplate.capi.rendering.files import Fields, to_yaml
from bedplate.ports.kube import JSON, Kind, Manifest
from bedplate.providers.vsphere.reading import datacenter_of
from bedplate.providers.vsphere.rendering import cloud_provider_manifests as manifests
from bedplate.providers.vsphere.rendering.credentials import encoded

CLUSTER_RESOURCE_SET = Kind("addons.cluster.x-k8s.io/v1beta2", "ClusterResourceSet")
RESOURCE_SET_SECRET = "addons.cluster.x-k8s.io/resource-set"  # noqa: S105 - a type, no secret
"""The only type of Secret that a ClusterResourceSet takes."""


def resource_set_name(cluster: str) -> str:
    """Return the ClusterResourceSet of the cloud provider."""
    return f"{cluster}-cpi"


def cloud_provider(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return the ClusterResourceSet with its two Secrets and its ConfigMap."""
    name = blueprint.spec.name
    account = _secret(f"{name}-{manifests.ACCOUNT}", manifests.service_account())
    login = _secret(f"{name}-{manifests.CREDENTIALS}", _login(blueprint))
    texts: Fields = {"data": "---\n".join(map(to_yaml, _manifests(blueprint)))}
    rest = build(kinds.CONFIG_MAP, f"{name}-cpi-manifests", {"data": texts})
    return (_resource_set(name, (account, login, rest)), account, login, rest)


def _resource_set(cluster: str, resources: tuple[Manifest, ...]) -> Manifest:
    labels: Fields = {kinds.CLUSTER_NAME_LABEL: cluster}
    body: Fields = {
        "strategy": "Reconcile",
        "clusterSelector": {"matchLabels": labels},
        "resources": [{"kind": one["kind"], "name": _name(one)} for one in resources],
    }
    name = resource_set_name(cluster)
    return build(CLUSTER_RESOURCE_SET, name, {"spec": body}, labels=labels)


def _name(manifest: Manifest) -> JSON:
    metadata = manifest["metadata"]
    return metadata["name"] if isinstance(metadata, dict) else None


def _secret(name: str, content: Manifest) -> Manifest:
    body: Fields = {
        "stringData": {"data": to_yaml(content)},
        "type": RESOURCE_SET_SECRET,
    }
    return build(kinds.SECRET, name, body)


def _login(blueprint: Blueprint) -> Manifest:
    server, login = datacenter_of(blueprint.spec).spec.server, blueprint.secrets.cloud_provider
    data: Fields = {
        f"{server}.password": encoded(login.password),
        f"{server}.username": encoded(login.username),
    }
    body: Fields = {"data": data, "type": "Opaque"}
    return build(kinds.SECRET, manifests.CREDENTIALS, body, namespace=manifests.NAMESPACE)


def _manifests(blueprint: Blueprint) -> tuple[Manifest, ...]:
    taints = blueprint.spec.control_plane.node_taints
    return (
        *manifests.roles(),
        manifests.configuration(datacenter_of(blueprint.spec).spec),
        manifests.authentication_reader(),
        manifests.service(),
        manifests.daemon_set(blueprint.versions.bundle.v_sphere.manager.uri, taints),
    )

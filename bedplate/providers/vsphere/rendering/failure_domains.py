"""Failure domains: the parts of a datacenter that worker groups are spread over."""

from __future__ import annotations

from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import build
from bedplate.capi.rendering.files import Fields
from bedplate.ports.kube import JSON, Kind, Manifest
from bedplate.providers.vsphere.reading import datacenter_of
from bedplate.spec import ClusterSpec
from bedplate.spec.models.vsphere_datacenter import FailureDomain

GROUP = "infrastructure.cluster.x-k8s.io"
FAILURE_DOMAIN = Kind(f"{GROUP}/v1beta1", "VSphereFailureDomain")
DEPLOYMENT_ZONE = Kind(f"{GROUP}/v1beta1", "VSphereDeploymentZone")


def failure_domain_name(spec: ClusterSpec, domain: str) -> str:
    """Return the cluster-wide name of a failure domain: two clusters may call theirs the same."""
    return f"{spec.name}-{datacenter_of(spec).metadata.name}-{domain}"


def failure_domains(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return VSphereFailureDomain and VSphereDeploymentZone of each of the datacenter's domains."""
    spec = blueprint.spec
    domains = datacenter_of(spec).spec.failure_domains
    return tuple(make(spec, domain) for domain in domains for make in (_domain, _zone))


def _domain(spec: ClusterSpec, domain: FailureDomain) -> Manifest:
    datacenter = datacenter_of(spec).spec.datacenter
    body: Fields = {
        "region": _tagged(datacenter, "Datacenter", "k8s-region"),
        "zone": _tagged(domain.compute_cluster, "ComputeCluster", "k8s-zone"),
        "topology": {
            "datacenter": datacenter,
            "computeCluster": _said(domain.compute_cluster),
            "datastore": _said(domain.datastore),
            "networks": [_said(domain.network)],
        },
    }
    name = failure_domain_name(spec, domain.name)
    return build(FAILURE_DOMAIN, name, {"spec": body}, namespace="")


def _tagged(name: str, kind: str, category: str) -> Fields:
    """CAPV makes the vCenter tag and its category itself where they are missing."""
    return {"name": _said(name), "type": kind, "tagCategory": category, "autoConfigure": True}


def _zone(spec: ClusterSpec, domain: FailureDomain) -> Manifest:
    datacenter, name = datacenter_of(spec), failure_domain_name(spec, domain.name)
    body: Fields = {
        "server": datacenter.spec.server,
        "failureDomain": name,
        "placementConstraint": {
            "resourcePool": _said(domain.resource_pool),
            "folder": _said(domain.folder),
        },
    }
    labels: Fields = {
        f"{GROUP}/cluster-name": spec.name,
        f"{GROUP}/vsphere-datacenter-config-name": datacenter.metadata.name,
    }
    return build(DEPLOYMENT_ZONE, name, {"spec": body}, namespace="", labels=labels)


def _said(text: str) -> JSON:
    """What a specification leaves out is nothing, which is not a place with an empty name."""
    return text or None

"""What `clusterctl init` leaves beside a provider, so that clusterctl recognises it.

EKS Anywhere's own command line asks clusterctl, and so recognises it too.
"""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.capi import objects
from bedplate.ports.kube import JSON, Manifest

GROUP = "clusterctl.cluster.x-k8s.io"
PROVIDER_LABEL = "cluster.x-k8s.io/provider"
CERT_MANAGER_VERSION = "certmanager.clusterctl.cluster.x-k8s.io/version"
STORED = "v1alpha3"


@dataclass(frozen=True, slots=True)
class Entry:
    """A provider as clusterctl counts it: its label, its type and its own name."""

    label: str
    type: str
    name: str


CORE = Entry("cluster-api", "CoreProvider", "cluster-api")
KUBEADM_BOOTSTRAP = Entry("bootstrap-kubeadm", "BootstrapProvider", "kubeadm")
KUBEADM_CONTROL_PLANE = Entry("control-plane-kubeadm", "ControlPlaneProvider", "kubeadm")
ETCDADM_BOOTSTRAP = Entry("bootstrap-etcdadm-bootstrap", "BootstrapProvider", "etcdadm-bootstrap")
ETCDADM_CONTROLLER = Entry(
    "bootstrap-etcdadm-controller", "BootstrapProvider", "etcdadm-controller"
)
VSPHERE = Entry("infrastructure-vsphere", "InfrastructureProvider", "vsphere")
DOCKER = Entry("infrastructure-docker", "InfrastructureProvider", "docker")


def labelled(manifest: Manifest, entry: Entry) -> Manifest:
    """Return an object as part of a provider."""
    return _with(manifest, "labels", {GROUP: "", PROVIDER_LABEL: entry.label})


def of_cert_manager(manifest: Manifest, version: str) -> Manifest:
    """Return an object as part of the cert-manager that clusterctl looks after."""
    labels = _with(manifest, "labels", {GROUP: "", f"{GROUP}/core": "cert-manager"})
    return _with(labels, "annotations", {CERT_MANAGER_VERSION: version})


def entry_object(entry: Entry, version: str, namespace: str) -> Manifest:
    """Return the inventory's object of a provider."""
    return {
        "apiVersion": f"{GROUP}/{STORED}",
        "kind": "Provider",
        "metadata": {
            "name": entry.label,
            "namespace": namespace,
            "labels": {GROUP: "", PROVIDER_LABEL: entry.label},
        },
        "providerName": entry.name,
        "type": entry.type,
        "version": version,
    }


def definition() -> Manifest:
    """Return the kind of the inventory's objects."""
    text: dict[str, JSON] = {"type": "string"}
    fields = ("apiVersion", "kind", "providerName", "type", "version", "watchedNamespace")
    properties: dict[str, JSON] = {**dict.fromkeys(fields, text), "metadata": {"type": "object"}}
    schema: dict[str, JSON] = {"type": "object", "properties": properties}
    version: dict[str, JSON] = {
        "name": STORED,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "additionalPrinterColumns": [
            {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
            {"name": "Type", "type": "string", "jsonPath": ".type"},
            {"name": "Provider", "type": "string", "jsonPath": ".providerName"},
            {"name": "Version", "type": "string", "jsonPath": ".version"},
        ],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"providers.{GROUP}", "labels": {GROUP: ""}},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": "Provider",
                "listKind": "ProviderList",
                "plural": "providers",
                "singular": "provider",
                "categories": ["cluster-api"],
            },
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def _with(manifest: Manifest, field: str, more: dict[str, str]) -> Manifest:
    metadata = objects.mapping(manifest, "metadata")
    return {
        **manifest,
        "metadata": {**metadata, field: {**objects.mapping(manifest, "metadata", field), **more}},
    }

"""The controllers that act on a cluster's objects: where they run on whoever manages it."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.capi import kinds, objects
from bedplate.ports.kube import Kube, Manifest

NAMESPACES = (
    "capi-system",
    "capi-kubeadm-bootstrap-system",
    "capi-kubeadm-control-plane-system",
    "capv-system",
    "capd-system",
    "etcdadm-bootstrap-provider-system",
    "etcdadm-controller-system",
    "cert-manager",
    "eksa-system",
)
"""As the components' own manifests have them."""


def controllers(kube: Kube) -> Iterator[Manifest]:
    """Yield the Deployments of these controllers."""
    for deployment in kube.list(kinds.DEPLOYMENT):
        if objects.namespace(deployment) in NAMESPACES:
            yield deployment

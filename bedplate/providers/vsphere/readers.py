"""Who reads vCenter's credentials from which Secret (EKS Anywhere's documentation on rotation)."""

from __future__ import annotations

from bedplate.capi import kinds, names
from bedplate.capi.cluster import ref_of
from bedplate.ports.kube import Ref
from bedplate.providers.provider import CredentialReader
from bedplate.providers.vsphere.rendering import cloud_provider_manifests as cloud_provider
from bedplate.providers.vsphere.rendering.credentials import (
    SITE_CREDENTIALS,
    vsphere_credentials_name,
)
from bedplate.spec import ClusterSpec


def credential_readers(spec: ClusterSpec) -> tuple[CredentialReader, ...]:
    """Return CAPV, EKS Anywhere's controller, and on the cluster itself the cloud provider."""
    return (
        CredentialReader(
            Ref(kinds.DEPLOYMENT, "capv-system", "capv-controller-manager"),
            ref_of(kinds.SECRET, vsphere_credentials_name(spec.name)),
        ),
        CredentialReader(
            Ref(kinds.DEPLOYMENT, names.NAMESPACE, "eksa-controller-manager"),
            ref_of(kinds.SECRET, SITE_CREDENTIALS),
        ),
        CredentialReader(
            Ref(kinds.DAEMON_SET, cloud_provider.NAMESPACE, cloud_provider.DAEMON_SET),
            Ref(kinds.SECRET, cloud_provider.NAMESPACE, cloud_provider.CREDENTIALS),
            on_cluster=True,
        ),
    )

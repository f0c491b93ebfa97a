"""The infrastructures, one package each, and the one table of them."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.errors import Owner, PermanentError
from bedplate.providers.provider import KeyAlgorithm, Provider, SshUser
from bedplate.providers.vsphere import VSphere
from bedplate.spec import ClusterSpec

__all__ = ["PROVIDERS", "KeyAlgorithm", "Provider", "SshUser", "provider_of"]

PROVIDERS: Mapping[str, Provider] = {"VSphereDatacenterConfig": VSphere()}


def provider_of(spec: ClusterSpec) -> Provider:
    """Return the provider of a specification; raises PermanentError PROVIDER_UNKNOWN."""
    provider = PROVIDERS.get(spec.provider_kind)
    if provider is None:
        raise PermanentError(
            "PROVIDER_UNKNOWN",
            f"clusters on {spec.provider_kind} cannot be made yet",
            why=f"this version knows {', '.join(sorted(PROVIDERS))}",
            remedy="use a datacenter of one of these kinds",
            owner=Owner.SPEC_AUTHOR,
        )
    return provider

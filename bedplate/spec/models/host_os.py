"""Settings of a node's operating system."""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.spec.frozen import FreeObject, FrozenMap


@dataclass(frozen=True, slots=True, kw_only=True)
class NTP:
    """Time servers."""

    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """Kernel settings of Bottlerocket."""

    sysctl_settings: FrozenMap[str] = FrozenMap()


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """Kernel boot parameters of Bottlerocket."""

    boot_kernel_parameters: FrozenMap[tuple[str, ...]] = FrozenMap()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottlerocket:
    """Settings that only Bottlerocket has."""

    kubernetes: FreeObject | None = None
    kernel: Kernel | None = None
    boot: Boot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertBundle:
    """Certificates that the node trusts, as PEM."""

    name: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOSConfiguration:
    """Settings of a node's operating system."""

    ntp_configuration: NTP | None = None
    bottlerocket_configuration: Bottlerocket | None = None
    cert_bundles: tuple[CertBundle, ...] = ()

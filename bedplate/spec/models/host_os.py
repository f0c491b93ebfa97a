"""Settings of a node's operating system."""

from __future__ import annotations

from pydantic import Field

from bedplate.spec.frozen import FreeObject, FrozenMap
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Text, Texts


class NTP(Model):
    """Time servers."""

    servers: Texts = ()


class Kernel(Model):
    """Kernel settings of Bottlerocket."""

    sysctl_settings: FrozenMap[Text] = Field(default_factory=FrozenMap)


class Boot(Model):
    """Kernel boot parameters of Bottlerocket."""

    boot_kernel_parameters: FrozenMap[Texts] = Field(default_factory=FrozenMap)


class Bottlerocket(Model):
    """Settings that only Bottlerocket has."""

    kubernetes: FreeObject | None = None
    kernel: Kernel | None = None
    boot: Boot | None = None


class CertBundle(Model):
    """Certificates that the node trusts, as PEM."""

    name: Text = ""
    data: Text = ""


class HostOSConfiguration(Model):
    """Settings of a node's operating system."""

    ntp_configuration: NTP | None = None
    bottlerocket_configuration: Bottlerocket | None = None
    cert_bundles: tuple[CertBundle, ...] = ()

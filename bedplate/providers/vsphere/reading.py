"""What a specification for vSphere says, with its kinds made certain."""

from __future__ import annotations

from bedplate.errors import Owner, PermanentError
from bedplate.spec import (
    ClusterSpec,
    OSFamily,
    Ref,
    VSphereDatacenterConfig,
    VSphereMachineConfig,
)


def datacenter_of(spec: ClusterSpec) -> VSphereDatacenterConfig:
    """Return the datacenter; raises PermanentError where it is of another kind."""
    if not isinstance(spec.datacenter, VSphereDatacenterConfig):
        raise PermanentError(
            "PROVIDER_MISMATCH",
            f"{spec.provider_kind} is no vSphere datacenter",
            owner=Owner.BEDPLATE,
        )
    return spec.datacenter


def machine_of(spec: ClusterSpec, ref_name: str) -> VSphereMachineConfig:
    """Return a machine configuration by its name; raises PermanentError as above."""
    found = spec.machine_configs[ref_name]
    if not isinstance(found, VSphereMachineConfig):
        raise PermanentError(
            "PROVIDER_MISMATCH", f"{ref_name} is no VSphereMachineConfig", owner=Owner.BEDPLATE
        )
    return found


def ref_name(ref: Ref | None) -> str:
    """Return the name in a machine group reference; "" where there is none."""
    return ref.name if ref else ""


def is_bottlerocket(config: VSphereMachineConfig) -> bool:
    """Tell whether machines run Bottlerocket, which has neither a shell nor cloud-init."""
    return config.spec.os_family is OSFamily.BOTTLEROCKET


def boot_format(config: VSphereMachineConfig) -> str:
    """Return the form of what a machine is told at its first boot."""
    return "bottlerocket" if is_bottlerocket(config) else "cloud-config"

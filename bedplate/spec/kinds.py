"""Every kind a specification may hold, one row each."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bedplate.spec.models.awsiam import AWSIamConfig
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.common import Object
from bedplate.spec.models.docker_datacenter import DockerDatacenterConfig
from bedplate.spec.models.flux import FluxConfig
from bedplate.spec.models.gitops import GitOpsConfig
from bedplate.spec.models.oidc import OIDCConfig
from bedplate.spec.models.vsphere_datacenter import VSphereDatacenterConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig


class Role(enum.Enum):
    """What an object is for."""

    CLUSTER = "the cluster itself"
    DATACENTER = "where machines are made"
    MACHINES = "how machines are made"
    GIT_OPS = "the repository that the cluster follows"
    IDENTITY = "who may use the cluster"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its name, its role and its model.

    A kind without a model exists in EKS Anywhere and is not supported here. A datacenter names the
    kind of its machines; none where machines have no settings.
    """

    name: str
    role: Role
    model: type[Object] | None
    machines: str = ""


_ROWS = (
    Kind("Cluster", Role.CLUSTER, Cluster),
    Kind(
        "VSphereDatacenterConfig", Role.DATACENTER, VSphereDatacenterConfig, "VSphereMachineConfig"
    ),
    Kind("DockerDatacenterConfig", Role.DATACENTER, DockerDatacenterConfig),
    Kind("TinkerbellDatacenterConfig", Role.DATACENTER, None, "TinkerbellMachineConfig"),
    Kind("CloudStackDatacenterConfig", Role.DATACENTER, None, "CloudStackMachineConfig"),
    Kind("NutanixDatacenterConfig", Role.DATACENTER, None, "NutanixMachineConfig"),
    Kind("SnowDatacenterConfig", Role.DATACENTER, None, "SnowMachineConfig"),
    Kind("VSphereMachineConfig", Role.MACHINES, VSphereMachineConfig),
    Kind("TinkerbellMachineConfig", Role.MACHINES, None),
    Kind("CloudStackMachineConfig", Role.MACHINES, None),
    Kind("NutanixMachineConfig", Role.MACHINES, None),
    Kind("SnowMachineConfig", Role.MACHINES, None),
    Kind("FluxConfig", Role.GIT_OPS, FluxConfig),
    Kind("GitOpsConfig", Role.GIT_OPS, GitOpsConfig),
    Kind("OIDCConfig", Role.IDENTITY, OIDCConfig),
    Kind("AWSIamConfig", Role.IDENTITY, AWSIamConfig),
)

KINDS: Mapping[str, Kind] = MappingProxyType({row.name: row for row in _ROWS})


def kinds_with(role: Role) -> tuple[str, ...]:
    """Return the names of the kinds that have a role."""
    return tuple(name for name, row in KINDS.items() if row.role is role)

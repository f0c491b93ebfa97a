"""Every kind a specification may hold, one row each."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bedplate.spec.models.awsiam import AWSIamConfig
from bedplate.spec.models.cloudstack_datacenter import CloudStackDatacenterConfig
from bedplate.spec.models.cloudstack_machine import CloudStackMachineConfig
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.common import Object
from bedplate.spec.models.docker_datacenter import DockerDatacenterConfig
from bedplate.spec.models.flux import FluxConfig
from bedplate.spec.models.gitops import GitOpsConfig
from bedplate.spec.models.nutanix_datacenter import NutanixDatacenterConfig
from bedplate.spec.models.nutanix_machine import NutanixMachineConfig
from bedplate.spec.models.oidc import OIDCConfig
from bedplate.spec.models.snow_datacenter import SnowDatacenterConfig, SnowIPPool
from bedplate.spec.models.snow_machine import SnowMachineConfig
from bedplate.spec.models.tinkerbell_datacenter import TinkerbellDatacenterConfig
from bedplate.spec.models.tinkerbell_machine import TinkerbellMachineConfig
from bedplate.spec.models.tinkerbell_template import TinkerbellTemplateConfig
from bedplate.spec.models.vsphere_datacenter import VSphereDatacenterConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig


class Role(enum.Enum):
    """What an object is for."""

    CLUSTER = "the cluster itself"
    DATACENTER = "where machines are made"
    MACHINES = "how machines are made"
    PARTS = "what machine configurations refer to"
    GIT_OPS = "the repository that the cluster follows"
    IDENTITY = "who may use the cluster"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its role and its model, which has its name.

    A datacenter names the kind of its machines; none where machines have no settings.
    """

    role: Role
    model: type[Object]
    machines: type[Object] | None = None

    @property
    def name(self) -> str:
        """Return the kind's name."""
        return self.model.KIND

    @property
    def many(self) -> bool:
        """Tell whether a specification may hold several objects of the kind."""
        return self.role in (Role.MACHINES, Role.PARTS)


_ROWS = (
    Kind(Role.CLUSTER, Cluster),
    Kind(Role.DATACENTER, VSphereDatacenterConfig, VSphereMachineConfig),
    Kind(Role.DATACENTER, DockerDatacenterConfig),
    Kind(Role.DATACENTER, TinkerbellDatacenterConfig, TinkerbellMachineConfig),
    Kind(Role.DATACENTER, CloudStackDatacenterConfig, CloudStackMachineConfig),
    Kind(Role.DATACENTER, NutanixDatacenterConfig, NutanixMachineConfig),
    Kind(Role.DATACENTER, SnowDatacenterConfig, SnowMachineConfig),
    Kind(Role.MACHINES, VSphereMachineConfig),
    Kind(Role.MACHINES, TinkerbellMachineConfig),
    Kind(Role.MACHINES, CloudStackMachineConfig),
    Kind(Role.MACHINES, NutanixMachineConfig),
    Kind(Role.MACHINES, SnowMachineConfig),
    Kind(Role.PARTS, TinkerbellTemplateConfig),
    Kind(Role.PARTS, SnowIPPool),
    Kind(Role.GIT_OPS, FluxConfig),
    Kind(Role.GIT_OPS, GitOpsConfig),
    Kind(Role.IDENTITY, OIDCConfig),
    Kind(Role.IDENTITY, AWSIamConfig),
)

KINDS: Mapping[str, Kind] = MappingProxyType({row.name: row for row in _ROWS})


def kinds_with(role: Role) -> tuple[str, ...]:
    """Return the names of the kinds that have a role."""
    return tuple(name for name, row in KINDS.items() if row.role is role)

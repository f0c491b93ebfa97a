"""What users write: EKS Anywhere's kinds, read with the place of every problem, checked, filled in.

Start with `load_file`. The kinds are a table in `kinds.py`, the rules are tables in
`rules/__init__.py`, the defaults are functions in `defaults.py`.
"""

from __future__ import annotations

from bedplate.spec.changes import changed_fields, immutable_changes
from bedplate.spec.cluster_spec import ClusterSpec, IdentityProvider, Part
from bedplate.spec.environment import Environment
from bedplate.spec.findings import Finding
from bedplate.spec.frozen import FreeObject, FrozenMap, Json, thaw
from bedplate.spec.kinds import KINDS, Kind, Role
from bedplate.spec.loading import (
    from_documents,
    load_file,
    load_text,
    read_file,
    read_text,
)
from bedplate.spec.models.awsiam import AWSIamConfig
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.common import MachineHealthCheck, OSFamily, Ref, Taint
from bedplate.spec.models.control_plane import ControlPlaneConfiguration
from bedplate.spec.models.docker_datacenter import DockerDatacenterConfig
from bedplate.spec.models.etcd import ExternalEtcd
from bedplate.spec.models.flux import FluxConfig
from bedplate.spec.models.network import Cilium, ClusterNetwork
from bedplate.spec.models.oidc import OIDCConfig
from bedplate.spec.models.vsphere_datacenter import VSphereDatacenterConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig
from bedplate.spec.models.workers import WorkerNodeGroup
from bedplate.spec.provider_defaults import Datacenter, MachineConfig
from bedplate.spec.rules import create_findings
from bedplate.spec.upgrades import upgrade_findings
from bedplate.spec.upgrades.legs import upgrade_legs

__all__ = [
    "KINDS",
    "AWSIamConfig",
    "Cilium",
    "Cluster",
    "ClusterNetwork",
    "ClusterSpec",
    "ControlPlaneConfiguration",
    "Datacenter",
    "DockerDatacenterConfig",
    "Environment",
    "ExternalEtcd",
    "Finding",
    "FluxConfig",
    "FreeObject",
    "FrozenMap",
    "IdentityProvider",
    "Json",
    "Kind",
    "MachineConfig",
    "MachineHealthCheck",
    "OIDCConfig",
    "OSFamily",
    "Part",
    "Ref",
    "Role",
    "Taint",
    "VSphereDatacenterConfig",
    "VSphereMachineConfig",
    "WorkerNodeGroup",
    "changed_fields",
    "create_findings",
    "from_documents",
    "immutable_changes",
    "load_file",
    "load_text",
    "read_file",
    "read_text",
    "thaw",
    "upgrade_findings",
    "upgrade_legs",
]

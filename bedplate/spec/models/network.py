"""The networks of a cluster and the plugin that makes them."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bedplate.spec.frozen import FreeObject

DEFAULT_NODE_MASK = 24
"""Bits of the pod network that belong to one node, when the file does not say."""


class PolicyEnforcementMode(enum.StrEnum):
    """Which pods Cilium guards with network policies."""

    DEFAULT = "default"
    ALWAYS = "always"
    NEVER = "never"


class RoutingMode(enum.StrEnum):
    """How Cilium carries packets between nodes."""

    OVERLAY = "overlay"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cilium:
    """Settings of Cilium; `helm_values` replaces all others."""

    policy_enforcement_mode: PolicyEnforcementMode | None = None
    egress_masquerade_interfaces: str = ""
    skip_upgrade: bool | None = None
    routing_mode: RoutingMode | None = None
    ipv4_native_routing_cidr: str = ""
    ipv6_native_routing_cidr: str = ""
    cni_exclusive: bool | None = None
    helm_values: FreeObject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kindnetd:
    """The plugin of throw-away Docker clusters; it has no settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CNIConfig:
    """Exactly one network plugin."""

    cilium: Cilium | None = None
    kindnetd: Kindnetd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CidrBlocks:
    """Address ranges; exactly one is supported."""

    cidr_blocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvConf:
    """The resolver file that the kubelet hands to pods."""

    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DNS:
    """Name resolution inside the cluster."""

    resolv_conf: ResolvConf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeNetwork:
    """How large a share of the pod network each node gets."""

    cidr_mask_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterNetwork:
    """Pod and service networks, and the plugin."""

    pods: CidrBlocks = CidrBlocks()
    services: CidrBlocks = CidrBlocks()
    cni: str = ""
    cni_config: CNIConfig | None = None
    dns: DNS | None = None
    nodes: NodeNetwork | None = None

    @property
    def node_mask(self) -> int:
        """Return the prefix length of one node's pod network, in bits."""
        size = self.nodes.cidr_mask_size if self.nodes else None
        return DEFAULT_NODE_MASK if size is None else size

"""The networks of a cluster and the plugin that makes them."""

from __future__ import annotations

from pydantic import Field

from bedplate.spec.frozen import FreeObject
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Choice, Flag, Text, Texts, Whole

DEFAULT_NODE_MASK = 24
"""Bits of the pod network that belong to one node, when the file does not say."""


class PolicyEnforcementMode(Choice):
    """Which pods Cilium guards with network policies."""

    DEFAULT = "default"
    ALWAYS = "always"
    NEVER = "never"


class RoutingMode(Choice):
    """How Cilium carries packets between nodes."""

    OVERLAY = "overlay"
    DIRECT = "direct"


class Cilium(Model):
    """Settings of Cilium; `helm_values` replaces all others."""

    policy_enforcement_mode: PolicyEnforcementMode | None = None
    egress_masquerade_interfaces: Text = ""
    skip_upgrade: Flag | None = None
    routing_mode: RoutingMode | None = None
    ipv4_native_routing_cidr: Text = ""
    ipv6_native_routing_cidr: Text = ""
    cni_exclusive: Flag | None = None
    helm_values: FreeObject | None = None


class Kindnetd(Model):
    """The plugin of throw-away Docker clusters; it has no settings."""


class CNIConfig(Model):
    """Exactly one network plugin."""

    cilium: Cilium | None = None
    kindnetd: Kindnetd | None = None


class CidrBlocks(Model):
    """Address ranges; exactly one is supported."""

    cidr_blocks: Texts = ()


class ResolvConf(Model):
    """The resolver file that the kubelet hands to pods."""

    path: Text = ""


class DNS(Model):
    """Name resolution inside the cluster."""

    resolv_conf: ResolvConf | None = None


class NodeNetwork(Model):
    """How large a share of the pod network each node gets."""

    cidr_mask_size: Whole | None = None


class ClusterNetwork(Model):
    """Pod and service networks, and the plugin."""

    pods: CidrBlocks = Field(default_factory=CidrBlocks)
    services: CidrBlocks = Field(default_factory=CidrBlocks)
    cni: Text = ""
    cni_config: CNIConfig | None = None
    dns: DNS | None = None
    nodes: NodeNetwork | None = None

    @property
    def node_mask(self) -> int:
        """Return the prefix length of one node's pod network, in bits."""
        size = self.nodes.cidr_mask_size if self.nodes else None
        return DEFAULT_NODE_MASK if size is None else size

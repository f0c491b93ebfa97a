"""Rules about the cluster's networks and their plugin."""

from __future__ import annotations

from bedplate.spec.defaults import CNIS
from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.docker_datacenter import DockerDatacenterConfig
from bedplate.spec.models.network import CidrBlocks, Cilium, RoutingMode
from bedplate.spec.rules.text import network

FIELD = "spec.clusterNetwork"
CILIUM = f"{FIELD}.cniConfig.cilium"
MAX_MASK_DIFFERENCE = 16
"""kubeadm keeps a bitmap of the nodes' networks and allows no more than 2^16 of them."""


def cidr_blocks(cluster: Cluster) -> Findings:
    """Pods and services have exactly one valid address range each."""
    networks = cluster.spec.cluster_network
    yield from _blocks(networks.pods, f"{FIELD}.pods.cidrBlocks")
    yield from _blocks(networks.services, f"{FIELD}.services.cidrBlocks")


def _blocks(given: CidrBlocks, field: str) -> Findings:
    if len(given.cidr_blocks) != 1:
        said = f"{len(given.cidr_blocks)} address ranges"
        yield Finding(field, said, "exactly one, for example 192.168.0.0/16")
    for index, block in enumerate(given.cidr_blocks):
        if network(block) is None:
            said = f"{block!r} is not an address range"
            yield Finding(f"{field}[{index}]", said, "for example 192.168.0.0/16")


def node_mask(cluster: Cluster) -> Findings:
    """The pod network is larger than one node's share, and not too much larger."""
    networks = cluster.spec.cluster_network
    pods = network(networks.pods.cidr_blocks[0]) if networks.pods.cidr_blocks else None
    if pods is None:
        return
    given, field = networks.node_mask, f"{FIELD}.nodes.cidrMaskSize"
    most = min(pods.prefixlen + MAX_MASK_DIFFERENCE, pods.max_prefixlen)
    if not pods.prefixlen < given <= most:
        said = f"/{given} for each node does not fit the pod network, {pods}"
        yield Finding(field, said, f"{pods.prefixlen + 1} to {most}")


def plugin(cluster: Cluster) -> Findings:
    """Exactly one plugin is named, in one place, and the provider can use it."""
    networks = cluster.spec.cluster_network
    config = networks.cni_config
    if networks.cni and config is not None:
        yield Finding(f"{FIELD}.cni", "cni and cniConfig are both set", "cniConfig alone")
    elif networks.cni and networks.cni not in CNIS:
        said = f"{networks.cni!r} is not supported"
        yield Finding(f"{FIELD}.cni", said, "cniConfig with cilium: {}")
    elif config is None or (config.cilium is None and config.kindnetd is None):
        yield Finding(f"{FIELD}.cniConfig", "names no plugin", "cilium: {}")
    elif config.cilium is not None and config.kindnetd is not None:
        yield Finding(f"{FIELD}.cniConfig", "names two plugins", "exactly one")
    docker = cluster.spec.datacenter_ref.kind == DockerDatacenterConfig.KIND
    if config is not None and config.kindnetd is not None and not docker:
        yield Finding(f"{FIELD}.cniConfig.kindnetd", "works in Docker only", "cilium: {}")


def cilium(cluster: Cluster) -> Findings:
    """Cilium's settings fit each other."""
    config = cluster.spec.cluster_network.cni_config
    if config is None or config.cilium is None:
        return
    given = config.cilium
    if given.skip_upgrade and given.policy_enforcement_mode is not None:
        said = "is set although skipUpgrade leaves Cilium alone"
        yield Finding(f"{CILIUM}.policyEnforcementMode", said, "skipUpgrade alone")
    yield from _routing(given)


def _routing(given: Cilium) -> Findings:
    v4, v6 = given.ipv4_native_routing_cidr, given.ipv6_native_routing_cidr
    if given.routing_mode is RoutingMode.DIRECT and not v4:
        said = "is not set, and direct routing needs it"
        yield Finding(f"{CILIUM}.ipv4NativeRoutingCIDR", said, "for example 192.168.0.0/16")
    for name, block, family in (("ipv4", v4, 4), ("ipv6", v6, 6)):
        found = network(block)
        if block and (found is None or found.version != family):
            field = f"{CILIUM}.{name}NativeRoutingCIDR"
            yield Finding(field, f"{block!r} is not an IPv{family} address range", "a CIDR block")

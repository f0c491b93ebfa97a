"""The values that EKS Anywhere gives Cilium's chart."""

from __future__ import annotations

from typing import cast

from bedplate.bundles import VersionsBundle
from bedplate.bundles.mirror import MirrorMap
from bedplate.ports.kube import JSON
from bedplate.spec import ClusterSpec
from bedplate.spec.frozen import thaw
from bedplate.spec.models.network import Cilium, RoutingMode

Values = dict[str, JSON]

TOLERATIONS: tuple[JSON, ...] = (
    {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"},
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists"},
    {"key": "node.cilium.io/agent-not-ready", "operator": "Exists"},
)
"""Of the operator, which starts before any node is ready."""


def cilium_values(spec: ClusterSpec, bundle: VersionsBundle, mirror: MirrorMap | None) -> Values:
    """Return the chart's values for a specification; its `helmValues` replace all others."""
    config = spec.cluster.spec.cluster_network.cni_config
    given = config.cilium if config is not None and config.cilium is not None else Cilium()
    if given.helm_values is not None:
        return cast("Values", thaw(given.helm_values))
    return {
        "cni": _cni(given),
        "ipam": {"mode": "kubernetes"},
        "identityAllocationMode": "crd",
        "prometheus": {"enabled": True},
        "rollOutCiliumPods": True,
        "envoy": {"enabled": False},
        "image": _image(bundle.cilium.cilium.repository, bundle.cilium.cilium.tag, mirror),
        "operator": _operator(spec, bundle, mirror),
        **_routing(given),
        **_optional(given),
    }


def preflight_values(spec: ClusterSpec, bundle: VersionsBundle, mirror: MirrorMap | None) -> Values:
    """Return the values that make the chart its pre-flight only: no agent and no operator."""
    del spec
    cilium = bundle.cilium.cilium
    return {
        "agent": False,
        "operator": {"enabled": False},
        "preflight": {
            "enabled": True,
            "image": _image(cilium.repository, cilium.tag, mirror),
            "tolerations": list(TOLERATIONS),
        },
    }


def _cni(given: Cilium) -> Values:
    exclusive: Values = {} if given.cni_exclusive is None else {"exclusive": given.cni_exclusive}
    return {"chainingMode": "portmap", **exclusive}


def _operator(spec: ClusterSpec, bundle: VersionsBundle, mirror: MirrorMap | None) -> Values:
    image = bundle.cilium.operator
    # The chart puts the name of the cloud behind the repository itself.
    repository = image.repository.removesuffix("-generic")
    values: Values = {
        "image": _image(repository, image.tag, mirror),
        "prometheus": {"enabled": True},
        "tolerations": list(TOLERATIONS),
    }
    if not spec.workers and spec.control_plane.count == 1:
        values["replicas"] = 1  # two would never find a node each
    return values


def _image(repository: str, tag: str, mirror: MirrorMap | None) -> Values:
    where = mirror.mirrored(repository) if mirror is not None else repository
    return {"repository": where, "tag": tag}


def _routing(given: Cilium) -> Values:
    if given.routing_mode is not RoutingMode.DIRECT:
        return {"routingMode": "tunnel", "tunnelProtocol": "geneve"}
    ranges = {
        "ipv4NativeRoutingCIDR": given.ipv4_native_routing_cidr,
        "ipv6NativeRoutingCIDR": given.ipv6_native_routing_cidr,
    }
    return {
        "routingMode": "native",
        "autoDirectNodeRoutes": "true",
        **{name: text for name, text in ranges.items() if text},
    }


def _optional(given: Cilium) -> Values:
    values: Values = {}
    if given.policy_enforcement_mode:
        values["policyEnforcementMode"] = given.policy_enforcement_mode.value
    if given.egress_masquerade_interfaces:
        values["egressMasqueradeInterfaces"] = given.egress_masquerade_interfaces
    return values

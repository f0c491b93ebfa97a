"""Rules about the control plane."""

from __future__ import annotations

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.common import RolloutType
from bedplate.spec.models.docker_datacenter import DockerDatacenterConfig
from bedplate.spec.models.oidc import OIDCConfig
from bedplate.spec.rules.kubelet import kubelet_findings
from bedplate.spec.rules.policy import policy_findings
from bedplate.spec.rules.shared import health_check_findings, taint_findings
from bedplate.spec.rules.text import address, is_domain, label_findings, network

FIELD = "spec.controlPlaneConfiguration"


def endpoint(cluster: Cluster) -> Findings:
    """The address is given, except in Docker, which chooses it."""
    given = cluster.spec.control_plane_configuration.endpoint
    host = given.host if given else ""
    docker = cluster.spec.datacenter_ref.kind == DockerDatacenterConfig.KIND
    if docker and host:
        said = "Docker chooses the address of the control plane"
        yield Finding(f"{FIELD}.endpoint.host", said, "no endpoint")
    if not docker and not host:
        said = "is not set or is empty"
        yield Finding(f"{FIELD}.endpoint.host", said, "a free IP address of the node network")


def replicas(cluster: Cluster) -> Findings:
    """There is a control plane; with etcd on it, its number of machines is odd."""
    count = cluster.spec.control_plane_configuration.count
    stacked = cluster.spec.external_etcd_configuration is None
    if count <= 0:
        yield Finding(f"{FIELD}.count", f"{count} machines cannot run etcd", "1, 3 or 5")
    elif stacked and count % 2 == 0:
        said = f"{count} is even, and etcd on the control plane needs a majority"
        yield Finding(f"{FIELD}.count", said, "1, 3 or 5, or external etcd")


def rollout(cluster: Cluster) -> Findings:
    """An upgrade adds at most one machine; in place it adds none."""
    given = cluster.spec.control_plane_configuration.upgrade_rollout_strategy
    rolling = given.rolling_update if given else None
    if given is None or rolling is None:
        return
    field = f"{FIELD}.upgradeRolloutStrategy.rollingUpdate"
    if given.type is RolloutType.IN_PLACE:
        yield Finding(field, "has no meaning with InPlace", "type alone")
    elif rolling.max_surge not in (0, 1):
        yield Finding(f"{field}.maxSurge", f"{rolling.max_surge} is out of range", "0 or 1")


def labels_and_taints(cluster: Cluster) -> Findings:
    """Labels and taints are ones that Kubernetes takes."""
    control_plane = cluster.spec.control_plane_configuration
    yield from label_findings(control_plane.labels, f"{FIELD}.labels")
    yield from taint_findings(control_plane.taints or (), f"{FIELD}.taints")


def cert_sans(cluster: Cluster) -> Findings:
    """Every additional name of the certificate is an IP address or a domain name."""
    for index, name in enumerate(cluster.spec.control_plane_configuration.cert_sans):
        if address(name) is None and not is_domain(name):
            said = f"{name!r} is neither an IP address nor a domain name"
            yield Finding(f"{FIELD}.certSans[{index}]", said, "for example k8s.example.com")


def health_checks(cluster: Cluster) -> Findings:
    """Timeouts of the machine health checks are durations greater than zero."""
    spec = cluster.spec
    yield from health_check_findings(spec.machine_health_check, "spec.machineHealthCheck")
    own = spec.control_plane_configuration.machine_health_check
    yield from health_check_findings(own, f"{FIELD}.machineHealthCheck")


def api_server_extra_args(cluster: Cluster) -> Findings:
    """Arguments of the API server are given only where the site allows it."""
    if cluster.spec.control_plane_configuration.api_server_extra_args:
        said = "extra arguments of the API server are not allowed here"
        switch = "remove them, or set API_SERVER_EXTRA_ARGS_ENABLED=true"
        yield Finding(f"{FIELD}.apiServerExtraArgs", said, switch)


def api_server_oidc_args(cluster: Cluster) -> Findings:
    """Arguments about OpenID Connect and an OIDCConfig exclude each other."""
    refs = cluster.spec.identity_provider_refs
    if not any(ref.kind == OIDCConfig.KIND for ref in refs):
        return
    for name in cluster.spec.control_plane_configuration.api_server_extra_args:
        if name.startswith("oidc-"):
            said = f"{name!r} and an OIDCConfig are both set"
            yield Finding(f"{FIELD}.apiServerExtraArgs.{name}", said, "one of the two")


def kubelet(cluster: Cluster) -> Findings:
    """The kubelet's settings are ones that it knows."""
    given = cluster.spec.control_plane_configuration.kubelet_configuration
    yield from kubelet_findings(given, f"{FIELD}.kubeletConfiguration")


def audit_policy(cluster: Cluster) -> Findings:
    """The audit policy is one that the API server can read."""
    content = cluster.spec.control_plane_configuration.audit_policy_content
    if content:
        yield from policy_findings(content, f"{FIELD}.auditPolicyContent")


def endpoint_outside_networks(cluster: Cluster) -> Findings:
    """The address lies neither in the pod network nor in the service network."""
    given = cluster.spec.control_plane_configuration.endpoint
    host = address(given.host) if given else None
    if host is None:
        return
    networks = cluster.spec.cluster_network
    for name, blocks in (("pods", networks.pods), ("services", networks.services)):
        for block in blocks.cidr_blocks:
            found = network(block)
            if found is not None and host in found:
                said = f"{host} lies in the network of the {name}, {block}"
                yield Finding(f"{FIELD}.endpoint.host", said, "an address outside of it")

"""Arguments of the Kubernetes components, as lists of names and values (Cluster API v1beta2)."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.capi.rendering import encryption, identity
from bedplate.ports.kube import JSON
from bedplate.spec import ClusterSpec

CIPHER_SUITES = ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",)
CIPHERS = ",".join(CIPHER_SUITES)
"""The cipher suites in the form that flags and EtcdadmCluster take."""

TLS = {"tls-cipher-suites": CIPHERS}
NO_PROFILING = {"profiling": "false"}
EXTERNAL_CLOUD = {"cloud-provider": "external"}
AUDIT = {
    "audit-policy-file": "/etc/kubernetes/audit-policy.yaml",
    "audit-log-path": "/var/log/kubernetes/api-audit.log",
    "audit-log-maxage": "30",
    "audit-log-maxbackup": "10",
    "audit-log-maxsize": "512",
}
API_SERVER_WITHOUT_CLOUD = 33
"""The first minor version whose API server does not know the flag `cloud-provider`."""


def listed(*groups: Mapping[str, str]) -> list[JSON]:
    """Return arguments as a list; a later group's value of the same argument wins."""
    merged: dict[str, str] = {}
    for group in groups:
        merged |= group
    return [{"name": name, "value": value} for name, value in merged.items()]


def api_server(spec: ClusterSpec, minor: int, *, external_cloud: bool) -> list[JSON]:
    """Return the API server's arguments; those of the specification win over ours.

    Only the cipher suites are not the specification's to choose. Feature gates add up.
    """
    cloud = EXTERNAL_CLOUD if external_cloud and minor < API_SERVER_WITHOUT_CLOUD else {}
    return listed(
        cloud, AUDIT, NO_PROFILING, encryption.feature_gates(spec, minor), _of_spec(spec, minor)
    )


def controller_manager(spec: ClusterSpec, own: Mapping[str, str]) -> list[JSON]:
    """Return the controller manager's arguments; `own` are the infrastructure's."""
    nodes = spec.cluster.spec.cluster_network.nodes
    size = nodes.cidr_mask_size if nodes else None
    mask = {} if size is None else {"node-cidr-mask-size": str(size)}
    return listed(own, NO_PROFILING, mask, TLS)


def scheduler() -> list[JSON]:
    """Return the scheduler's arguments."""
    return listed(NO_PROFILING, TLS)


def stacked_etcd() -> list[JSON]:
    """Return the arguments of an etcd that runs on the control plane."""
    return listed({"cipher-suites": CIPHERS})


def kubelet(
    spec: ClusterSpec,
    labels: Mapping[str, str],
    own: Mapping[str, str],
    *,
    patched: bool,
    cgroup_driver: str = "",
) -> list[JSON]:
    """Return the kubelet's arguments; `own` are the infrastructure's.

    Where a file patches the kubelet's configuration (`patched`), most of them are its fields.
    """
    if patched:
        return listed(own, node_labels(labels))
    safe = {"read-only-port": "0", "anonymous-auth": "false"}
    driver = {"cgroup-driver": cgroup_driver} if cgroup_driver else {}
    return listed(own, safe, driver, _resolver(spec), TLS, node_labels(labels))


def node_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the argument that labels a node as it registers; nothing without labels."""
    joined = ",".join(sorted(f"{name}={value}" for name, value in labels.items()))
    return {"node-labels": joined} if joined else {}


def _resolver(spec: ClusterSpec) -> dict[str, str]:
    dns = spec.cluster.spec.cluster_network.dns
    path = dns.resolv_conf.path if dns and dns.resolv_conf else ""
    return {"resolv-conf": path} if path else {}


def _of_spec(spec: ClusterSpec, minor: int) -> dict[str, str]:
    """What the specification asks for, by name; issuers of service accounts and gates add up."""
    written = dict(spec.control_plane.api_server_extra_args)
    gates = [*encryption.feature_gates(spec, minor).values(), written.get("feature-gates", "")]
    if all(gates):
        written["feature-gates"] = ",".join(gates)
    pod_iam = spec.cluster.spec.pod_iam_config
    issuers = [written.get("service-account-issuer", "")]
    issuers += [pod_iam.service_account_issuer] if pod_iam else []
    joined = ",".join(issuer for issuer in issuers if issuer)
    issuer = {"service-account-issuer": joined} if joined else {}
    asked = {
        **identity.oidc_arguments(spec),
        **identity.aws_iam_arguments(spec),
        **written,
        **encryption.arguments(spec),
        **TLS,
        **issuer,
    }
    return dict(sorted(asked.items()))

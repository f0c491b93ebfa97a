"""Every rule, in one table per kind; the Cluster's in the order of EKS Anywhere's validators.

A rule is a pure function from a model to findings. Adding one is a function and a row.
"""

from __future__ import annotations

from collections.abc import Callable

from bedplate.spec import defaults
from bedplate.spec.assembly import Assembly
from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.environment import Environment
from bedplate.spec.findings import Finding, Findings, each
from bedplate.spec.models.awsiam import AWSIamConfig
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.flux import FluxConfig
from bedplate.spec.models.gitops import GitOpsConfig
from bedplate.spec.models.oidc import OIDCConfig
from bedplate.spec.models.vsphere_datacenter import VSphereDatacenterConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig
from bedplate.spec.objects import Found
from bedplate.spec.rules import (
    control_plane,
    etcd,
    gitops,
    identity,
    names,
    network,
    surroundings,
    vsphere,
    whole,
    workers,
)

EXTRA_ARGS = "APIServerExtraArgs"

CLUSTER_RULES: tuple[tuple[str, tuple[Callable[[Cluster], Findings], ...]], ...] = (
    ("ConfigName", (names.cluster_name,)),
    ("ControlPlaneEndpoint", (control_plane.endpoint,)),
    ("ExternalEtcdSupport", (etcd.external_etcd_support,)),
    ("MachineGroupRefs", (names.datacenter_ref, names.machine_group_refs)),
    ("ControlPlaneReplicas", (control_plane.replicas,)),
    (
        "WorkerNodeGroups",
        (
            workers.worker_node_groups,
            workers.counts,
            workers.rollouts,
            workers.versions,
            workers.labels_taints_and_health,
        ),
    ),
    (
        "Networking",
        (
            network.cidr_blocks,
            network.node_mask,
            network.plugin,
            network.cilium,
            control_plane.endpoint_outside_networks,
        ),
    ),
    ("GitOps", (gitops.gitops_ref,)),
    ("EtcdReplicas", (etcd.etcd_replicas,)),
    ("IdentityProviderRefs", (identity.identity_provider_refs,)),
    ("ProxyConfig", (surroundings.proxy,)),
    ("MirrorConfig", (surroundings.registry_mirror,)),
    ("PodIAMConfig", (identity.pod_iam,)),
    ("CPUpgradeRolloutStrategy", (control_plane.rollout,)),
    ("ControlPlaneLabels", (control_plane.labels_and_taints,)),
    ("PackageControllerConfiguration", (surroundings.package_controller,)),
    ("EksaVersion", (names.eksa_version,)),
    ("ControlPlaneCertSANs", (control_plane.cert_sans,)),
    (EXTRA_ARGS, (control_plane.api_server_extra_args,)),
    ("APIServerOIDCExtraArgs", (control_plane.api_server_oidc_args,)),
    ("CPKubeletConfiguration", (control_plane.kubelet,)),
    ("WorkerKubeletConfiguration", (workers.kubelets,)),
    ("AuditPolicyContent", (control_plane.audit_policy,)),
    # Not among EKS Anywhere's validators: its API server, bundle or webhook refuses these.
    ("KubernetesVersion", (names.kubernetes_version,)),
    ("MachineHealthCheck", (control_plane.health_checks,)),
    ("EtcdEncryption", (etcd.etcd_encryption,)),
)

DATACENTER_RULES = (
    vsphere.datacenter_required,
    vsphere.datacenter_network,
    vsphere.failure_domains,
)
MACHINE_RULES = (
    vsphere.machine_required,
    vsphere.machine_sizes,
    vsphere.machine_users,
    vsphere.machine_networks,
    vsphere.machine_time,
    vsphere.machine_bottlerocket,
)
FLUX_RULES = (gitops.flux_provider, gitops.flux_branch, gitops.flux_github, gitops.flux_git)
OIDC_RULES = (identity.oidc_client, identity.oidc_issuer, identity.oidc_claims)
AWS_IAM_RULES = (identity.aws_iam_region_and_mode, identity.aws_iam_mappings)

WHOLE_RULES = (whole.worker_failure_domains, whole.networks_of_workers_only)
CREATE_RULES = (
    whole.endpoint_is_an_address,
    whole.bottlerocket_user,
    whole.one_os_family_with_external_etcd,
    whole.no_encryption_at_create,
)


def check(assembly: Assembly, spec: ClusterSpec | None, environment: Environment) -> Findings:
    """Yield every broken rule; those about the whole only where a whole could be made."""
    cluster = defaults.cluster(assembly.cluster)
    skipped = {EXTRA_ARGS} if environment.api_server_extra_args else set()
    for name, rules in CLUSTER_RULES:
        if name not in skipped:
            yield from each(rules, cluster, Cluster.KIND)
    for child in assembly.children:
        yield from _child(child, cluster)
    if spec is not None:
        for rule in WHOLE_RULES:
            yield from rule(spec)


def create_findings(spec: ClusterSpec) -> tuple[Finding, ...]:
    """Return what EKS Anywhere's preflight refuses at create, as far as the file tells."""
    return tuple(finding for rule in CREATE_RULES for finding in rule(spec))


def _child(child: Found, cluster: Cluster) -> Findings:
    model, path = child.model, child.path
    management = cluster.spec.management_cluster.name
    if isinstance(model, VSphereDatacenterConfig):
        yield from each(DATACENTER_RULES, defaults.vsphere_datacenter(model), path)
    elif isinstance(model, VSphereMachineConfig):
        yield from each(MACHINE_RULES, defaults.vsphere_machine(model, etcd=False), path)
    elif isinstance(model, FluxConfig):
        yield from each(FLUX_RULES, defaults.flux(model, management), path)
    elif isinstance(model, GitOpsConfig):
        yield from each(FLUX_RULES, defaults.flux(model.as_flux(), management), path)
    elif isinstance(model, OIDCConfig):
        yield from each(OIDC_RULES, model, path)
    elif isinstance(model, AWSIamConfig):
        yield from each(AWS_IAM_RULES, model, path)

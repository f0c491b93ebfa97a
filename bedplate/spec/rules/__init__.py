"""Every rule, in one table per kind; the Cluster's in the order of EKS Anywhere's validators.

A rule is a pure function from a model to findings. Adding one is a function and a row.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bedplate.spec import defaults
from bedplate.spec import provider_defaults as filled
from bedplate.spec.assembly import Assembly
from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.environment import Environment
from bedplate.spec.findings import Finding, Findings, each
from bedplate.spec.models.awsiam import AWSIamConfig
from bedplate.spec.models.cloudstack_datacenter import CloudStackDatacenterConfig
from bedplate.spec.models.cloudstack_machine import CloudStackMachineConfig
from bedplate.spec.models.cluster import Cluster
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
from bedplate.spec.rules import (
    cloudstack,
    control_plane,
    etcd,
    gitops,
    identity,
    names,
    network,
    nutanix,
    snow,
    surroundings,
    tinkerbell,
    vsphere,
    whole,
    workers,
)
from bedplate.spec.rules.table import Row

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

FLUX_RULES = (gitops.flux_provider, gitops.flux_branch, gitops.flux_github, gitops.flux_git)

CHILD_RULES = (
    Row(
        VSphereDatacenterConfig,
        (vsphere.datacenter_required, vsphere.datacenter_network, vsphere.failure_domains),
        defaults.vsphere_datacenter,
    ),
    Row(
        VSphereMachineConfig,
        (
            vsphere.machine_required,
            vsphere.machine_sizes,
            vsphere.machine_users,
            vsphere.machine_networks,
            vsphere.machine_host_os,
        ),
        partial(defaults.vsphere_machine, etcd=False),
    ),
    Row(TinkerbellDatacenterConfig, (tinkerbell.datacenter_address, tinkerbell.datacenter_urls)),
    Row(
        TinkerbellMachineConfig,
        (tinkerbell.machine_hardware, tinkerbell.machine_system),
        filled.tinkerbell_machine,
    ),
    Row(TinkerbellTemplateConfig, (tinkerbell.template_tasks,)),
    Row(CloudStackDatacenterConfig, (cloudstack.datacenter_zones,), filled.cloudstack_datacenter),
    Row(
        CloudStackMachineConfig,
        (
            cloudstack.machine_offerings,
            cloudstack.machine_disk,
            cloudstack.machine_details,
            cloudstack.machine_symlinks,
            cloudstack.machine_affinity,
        ),
        filled.cloudstack_machine,
    ),
    Row(
        NutanixDatacenterConfig,
        (
            nutanix.datacenter_endpoint,
            nutanix.datacenter_credentials,
            nutanix.datacenter_excluded_addresses,
            nutanix.failure_domains,
        ),
        filled.nutanix_datacenter,
    ),
    Row(
        NutanixMachineConfig,
        (
            nutanix.machine_resources,
            nutanix.machine_sizes,
            nutanix.machine_system,
            nutanix.machine_gpus,
            nutanix.machine_categories,
        ),
        filled.nutanix_machine,
    ),
    Row(SnowDatacenterConfig, (snow.datacenter_identity,)),
    Row(
        SnowMachineConfig,
        (
            snow.machine_device,
            snow.machine_system,
            snow.machine_network,
            snow.machine_volumes,
        ),
        filled.snow_machine,
    ),
    Row(SnowIPPool, (snow.pool_ranges,)),
    Row(OIDCConfig, (identity.oidc_client, identity.oidc_issuer, identity.oidc_claims)),
    Row(AWSIamConfig, (identity.aws_iam_region_and_mode, identity.aws_iam_mappings)),
)

WHOLE_RULES = (
    whole.worker_failure_domains,
    whole.networks_of_workers_only,
    whole.nutanix_worker_groups,
)
CREATE_RULES = (
    whole.endpoint_is_an_address,
    whole.bottlerocket_user,
    whole.one_os_family,
    whole.bare_metal_addresses,
    whole.bare_metal_images,
    whole.no_encryption_at_create,
)


def check(assembly: Assembly, spec: ClusterSpec | None, environment: Environment) -> Findings:
    """Yield every broken rule; those about the whole only where a whole could be made."""
    cluster = defaults.cluster(assembly.cluster)
    skipped = {EXTRA_ARGS} if environment.api_server_extra_args else set()
    for name, rules in CLUSTER_RULES:
        if name not in skipped:
            yield from each(rules, cluster, Cluster.KIND)
    management = cluster.spec.management_cluster.name
    for child in assembly.children:
        yield from _child(child.model, child.path, management)
    if spec is not None:
        for rule in WHOLE_RULES:
            yield from rule(spec)


def create_findings(spec: ClusterSpec) -> tuple[Finding, ...]:
    """Return what EKS Anywhere's preflight refuses at create, as far as the file tells."""
    return tuple(finding for rule in CREATE_RULES for finding in rule(spec))


def _child(model: object, path: str, management: str) -> Findings:
    # Only here do defaults depend on the Cluster.
    given = model.as_flux() if isinstance(model, GitOpsConfig) else model
    if isinstance(given, FluxConfig):
        yield from each(FLUX_RULES, defaults.flux(given, management), path)
    for row in CHILD_RULES:
        yield from row.check(model, path)

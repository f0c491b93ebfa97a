"""What EKS Anywhere fills in where a file is silent; pure functions from model to model.

The Cluster's own defaults hold for every provider. A provider's defaults are what its preflight
would fill in; machine sizes too small to work are raised, as EKS Anywhere does.
"""

from __future__ import annotations

from bedplate.spec.environment import NO_ENVIRONMENT, Environment
from bedplate.spec.models.awsiam import AWSIamConfig
from bedplate.spec.models.cluster import Cluster, ManagementCluster
from bedplate.spec.models.common import DEFAULT_NAMESPACE, MachineHealthCheck, Metadata, OSFamily
from bedplate.spec.models.common import User as MachineUser
from bedplate.spec.models.etcd import EncryptionProvider, EtcdEncryption
from bedplate.spec.models.flux import FluxConfig, Git, SshKeyAlgorithm
from bedplate.spec.models.model import replace
from bedplate.spec.models.network import Cilium, CNIConfig, Kindnetd
from bedplate.spec.models.network import ClusterNetwork as Network
from bedplate.spec.models.surroundings import RegistryMirror
from bedplate.spec.models.tinkerbell_datacenter import TinkerbellDatacenterConfig
from bedplate.spec.models.vsphere_datacenter import VSphereDatacenterConfig
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig
from bedplate.spec.models.workers import WorkerNodeGroup

KINDNETD = "kindnetd"
CNIS = ("cilium", "cilium-enterprise", KINDNETD)
"""The plugins that the deprecated field `cni` may name."""

NODE_STARTUP_TIMEOUT = "10m0s"
BARE_METAL_STARTUP_TIMEOUT = "20m0s"
UNHEALTHY_MACHINE_TIMEOUT = "5m0s"
FIRST_GROUP = "md-0"
KMS_CACHE_SIZE = 1000
KMS_TIMEOUT = "3s"

DISK_GIB = 25
NUM_CPUS = 2
MEMORY_MIB = 8192
SMALLEST_MEMORY_MIB = 2048
SMALLEST_ETCD_MEMORY_MIB = 8192


def named(metadata: Metadata) -> Metadata:
    """Fill in the namespace."""
    return replace(metadata, namespace=metadata.namespace or DEFAULT_NAMESPACE)


def cluster(given: Cluster, environment: Environment = NO_ENVIRONMENT) -> Cluster:
    """Fill in a Cluster."""
    spec = given.spec
    mirror = spec.registry_mirror_configuration
    groups = spec.worker_node_group_configurations
    return replace(
        given,
        metadata=named(given.metadata),
        spec=replace(
            spec,
            management_cluster=ManagementCluster(name=spec.management_cluster.name or given.name),
            worker_node_group_configurations=tuple(
                worker_group(group, first=index == 0) for index, group in enumerate(groups)
            ),
            cluster_network=network(spec.cluster_network),
            registry_mirror_configuration=registry_mirror(mirror, environment) if mirror else None,
            machine_health_check=health_check(spec.machine_health_check, spec.datacenter_ref.kind),
            etcd_encryption=tuple(map(encryption, spec.etcd_encryption)),
        ),
    )


def worker_group(group: WorkerNodeGroup, *, first: bool) -> WorkerNodeGroup:
    """Fill in a group's number of machines, and the name of the first group."""
    scaling = group.autoscaling_configuration
    smallest = scaling.min_count if scaling else 1
    return replace(
        group,
        name=group.name or (FIRST_GROUP if first else ""),
        count=smallest if group.count is None else group.count,
    )


def network(given: Network) -> Network:
    """Put the deprecated `cni` where it belongs now; a name nobody knows stays for the rules."""
    if given.cni_config is not None or given.cni not in CNIS:
        return given
    if given.cni == KINDNETD:
        return replace(given, cni="", cni_config=CNIConfig(kindnetd=Kindnetd()))
    return replace(given, cni="", cni_config=CNIConfig(cilium=Cilium()))


def registry_mirror(given: RegistryMirror, environment: Environment) -> RegistryMirror:
    """Fill in the port and the certificate of the authority."""
    certificate = given.ca_cert_content or environment.registry_mirror_ca
    return replace(given, port=given.port or "443", ca_cert_content=certificate)


def health_check(given: MachineHealthCheck | None, datacenter: str) -> MachineHealthCheck:
    """Fill in the timeouts; how many may be unhealthy differs between groups and stays open."""
    check = given or MachineHealthCheck()
    bare_metal = datacenter == TinkerbellDatacenterConfig.KIND
    startup = BARE_METAL_STARTUP_TIMEOUT if bare_metal else NODE_STARTUP_TIMEOUT
    return replace(
        check,
        node_startup_timeout=check.node_startup_timeout or startup,
        unhealthy_machine_timeout=check.unhealthy_machine_timeout or UNHEALTHY_MACHINE_TIMEOUT,
    )


def encryption(given: EtcdEncryption) -> EtcdEncryption:
    """Fill in the size of the key cache and the timeout of every key management plugin."""
    return replace(given, providers=tuple(map(_provider, given.providers)))


def _provider(given: EncryptionProvider) -> EncryptionProvider:
    kms = given.kms
    if kms is None:
        return given
    size = KMS_CACHE_SIZE if kms.cache_size is None else kms.cache_size
    return EncryptionProvider(kms=replace(kms, cache_size=size, timeout=kms.timeout or KMS_TIMEOUT))


def flux(given: FluxConfig, management_cluster: str) -> FluxConfig:
    """Fill in the namespace, the branch and the folder, which is the management cluster's."""
    spec = given.spec
    return replace(
        given,
        metadata=named(given.metadata),
        spec=replace(
            spec,
            system_namespace=spec.system_namespace or "flux-system",
            branch=spec.branch or "main",
            cluster_config_path=spec.cluster_config_path or f"clusters/{management_cluster}",
            git=git(spec.git) if spec.git else None,
        ),
    )


def git(given: Git) -> Git:
    """Fill in the kind of SSH key."""
    return replace(given, ssh_key_algorithm=given.ssh_key_algorithm or SshKeyAlgorithm.ECDSA)


def aws_iam(given: AWSIamConfig) -> AWSIamConfig:
    """Fill in the AWS partition."""
    return replace(given, spec=replace(given.spec, partition=given.spec.partition or "aws"))


def vsphere_datacenter(given: VSphereDatacenterConfig) -> VSphereDatacenterConfig:
    """Make the network's path absolute; `insecure` leaves no thumbprint to check."""
    spec = given.spec
    relative = bool(spec.network) and not spec.network.startswith("/")
    path = f"/{spec.datacenter}/network/{spec.network}" if relative else spec.network
    thumbprint = "" if spec.insecure else spec.thumbprint
    return replace(given, spec=replace(spec, network=path, thumbprint=thumbprint))


def vsphere_machine(given: VSphereMachineConfig, *, etcd: bool) -> VSphereMachineConfig:
    """Fill in sizes, operating system and user; machines of external etcd need more memory."""
    spec = given.spec
    family = spec.os_family or OSFamily.BOTTLEROCKET
    smallest = SMALLEST_ETCD_MEMORY_MIB if etcd else SMALLEST_MEMORY_MIB
    memory = spec.memory_mib if spec.memory_mib > 0 else MEMORY_MIB
    return replace(
        given,
        spec=replace(
            spec,
            disk_gib=spec.disk_gib or DISK_GIB,
            num_cpus=spec.num_cpus if spec.num_cpus > 0 else NUM_CPUS,
            memory_mib=max(memory, smallest),
            os_family=family,
            users=users(spec.users, "ec2-user" if family is OSFamily.BOTTLEROCKET else "capv"),
        ),
    )


def users(given: tuple[MachineUser, ...], usual: str) -> tuple[MachineUser, ...]:
    """Fill in a user's name, and an empty key, which means that one is made."""
    return tuple(
        replace(
            user, name=user.name or usual, ssh_authorized_keys=user.ssh_authorized_keys or ("",)
        )
        for user in given or (MachineUser(),)
    )

"""Settings of a node's operating system."""

from __future__ import annotations

from pydantic import Field

from bedplate.spec.frozen import FrozenMap
from bedplate.spec.models.model import Model
from bedplate.spec.models.values import Flag, Text, Texts, Whole


class NTP(Model):
    """Time servers."""

    REQUIRED = frozenset({"servers"})
    servers: Texts = ()


class BottlerocketKubernetes(Model):
    """What Bottlerocket passes on to the kubelet; durations and amounts are text."""

    allowed_unsafe_sysctls: Texts = ()
    cluster_dns_ips: Texts = ()
    cluster_domain: Text = ""
    container_log_max_files: Whole | None = None
    container_log_max_size: Text = ""
    cpu_cfs_quota: Flag | None = None
    cpu_manager_policy: Text = ""
    cpu_manager_policy_options: FrozenMap[Text] = Field(default_factory=FrozenMap)
    cpu_manager_reconcile_period: Text = ""
    event_burst: Whole | None = None
    event_record_qps: Whole | None = None
    eviction_hard: FrozenMap[Text] = Field(default_factory=FrozenMap)
    eviction_max_pod_grace_period: Whole | None = None
    eviction_soft: FrozenMap[Text] = Field(default_factory=FrozenMap)
    eviction_soft_grace_period: FrozenMap[Text] = Field(default_factory=FrozenMap)
    image_gc_high_threshold_percent: Whole | None = None
    image_gc_low_threshold_percent: Whole | None = None
    kube_api_burst: Whole | None = None
    kube_api_qps: Whole | None = None
    kube_reserved: FrozenMap[Text] = Field(default_factory=FrozenMap)
    max_pods: Whole | None = None
    memory_manager_policy: Text = ""
    pod_pids_limit: Whole | None = None
    provider_id: Text = ""
    registry_burst: Whole | None = None
    registry_pull_qps: Whole | None = None
    shutdown_grace_period: Text = ""
    shutdown_grace_period_critical_pods: Text = ""
    system_reserved: FrozenMap[Text] = Field(default_factory=FrozenMap)
    topology_manager_policy: Text = ""
    topology_manager_scope: Text = ""


class Kernel(Model):
    """Kernel settings of Bottlerocket."""

    sysctl_settings: FrozenMap[Text] = Field(default_factory=FrozenMap)


class Boot(Model):
    """Kernel boot parameters of Bottlerocket."""

    boot_kernel_parameters: FrozenMap[Texts] = Field(default_factory=FrozenMap)


class Bottlerocket(Model):
    """Settings that only Bottlerocket has."""

    kubernetes: BottlerocketKubernetes | None = None
    kernel: Kernel | None = None
    boot: Boot | None = None


class CertBundle(Model):
    """Certificates that the node trusts, as PEM."""

    REQUIRED = frozenset({"data", "name"})
    name: Text = ""
    data: Text = ""


class HostOSConfiguration(Model):
    """Settings of a node's operating system."""

    ntp_configuration: NTP | None = None
    bottlerocket_configuration: Bottlerocket | None = None
    cert_bundles: tuple[CertBundle, ...] = ()

"""Rules about external etcd and about encryption of what etcd stores."""

from __future__ import annotations

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.etcd import KMS, EtcdEncryption
from bedplate.spec.rules.text import seconds

FIELD = "spec.externalEtcdConfiguration"
ENCRYPTION = "spec.etcdEncryption"
WITHOUT_EXTERNAL_ETCD = "TinkerbellDatacenterConfig"
WITH_ENCRYPTION = (
    "VSphereDatacenterConfig",
    "CloudStackDatacenterConfig",
    "NutanixDatacenterConfig",
)


def external_etcd_support(cluster: Cluster) -> Findings:
    """The provider can put etcd on machines of its own."""
    kind = cluster.spec.datacenter_ref.kind
    if kind == WITHOUT_EXTERNAL_ETCD and cluster.spec.external_etcd_configuration is not None:
        yield Finding(FIELD, f"{kind} has no external etcd", "etcd on the control plane")


def etcd_replicas(cluster: Cluster) -> Findings:
    """The number of etcd machines is odd, so that a majority exists."""
    etcd = cluster.spec.external_etcd_configuration
    if etcd is None:
        return
    if etcd.count <= 0:
        yield Finding(f"{FIELD}.count", f"{etcd.count} machines hold no data", "3 or 5")
    elif etcd.count % 2 == 0:
        yield Finding(f"{FIELD}.count", f"{etcd.count} is even", "3 or 5")


def etcd_encryption(cluster: Cluster) -> Findings:
    """One configuration with one key management plugin, on a provider that can encrypt."""
    given = cluster.spec.etcd_encryption
    if not given:
        return
    kind = cluster.spec.datacenter_ref.kind
    if kind not in WITH_ENCRYPTION:
        yield Finding(ENCRYPTION, f"{kind} cannot encrypt etcd", "no etcdEncryption")
    if len(given) > 1:
        yield Finding(ENCRYPTION, f"{len(given)} configurations", "exactly one")
    for index, item in enumerate(given):
        yield from _encryption(item, f"{ENCRYPTION}[{index}]")


def _encryption(item: EtcdEncryption, field: str) -> Findings:
    if not item.resources:
        yield Finding(f"{field}.resources", "is empty", "for example secrets")
    if len(item.providers) != 1:
        yield Finding(f"{field}.providers", f"{len(item.providers)} providers", "exactly one")
    for index, provider in enumerate(item.providers):
        where = f"{field}.providers[{index}].kms"
        if provider.kms is None:
            yield Finding(where, "is not set", "a key management plugin")
        else:
            yield from _kms(provider.kms, where)


def _kms(kms: KMS, field: str) -> Findings:
    if not kms.name:
        yield Finding(f"{field}.name", "is empty", "the plugin's name")
    if not kms.socket_listen_address.startswith("unix:///"):
        said = f"{kms.socket_listen_address!r} is not a Unix socket"
        yield Finding(f"{field}.socketListenAddress", said, "as unix:///var/run/kms/socket.sock")
    length = seconds(kms.timeout) if kms.timeout else 1.0
    if length is None or length <= 0:
        yield Finding(f"{field}.timeout", f"{kms.timeout!r} is not a duration", "as 3s")

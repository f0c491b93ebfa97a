"""Encryption of what etcd stores, by a key management plugin on each control-plane node."""

from __future__ import annotations

from bedplate.capi.rendering.files import Fields, file, to_yaml
from bedplate.ports.kube import JSON
from bedplate.spec import ClusterSpec
from bedplate.spec.models.etcd import KMS, EtcdEncryption

ON_NODE = "/var/lib/kubeadm/encryption-config.yaml"
IN_POD = "/etc/kubernetes/enc/encryption-config.yaml"
SOCKETS = "/var/run/kmsplugin/"
KMS_V1_IS_GATED = 29
"""The first minor version in which version 1 of the plugin protocol is off by default."""


def is_wanted(spec: ClusterSpec) -> bool:
    """Tell whether anything is to be encrypted."""
    return bool(spec.cluster.spec.etcd_encryption)


def arguments(spec: ClusterSpec) -> dict[str, str]:
    """Return the API server's arguments."""
    return {"encryption-provider-config": IN_POD} if is_wanted(spec) else {}


def feature_gates(spec: ClusterSpec, minor: int) -> dict[str, str]:
    """Return the argument that allows version 1 of the plugin protocol where it must be asked."""
    gated = is_wanted(spec) and minor >= KMS_V1_IS_GATED
    return {"feature-gates": "KMSv1=true"} if gated else {}


def files(spec: ClusterSpec) -> list[Fields]:
    """Return the API server's EncryptionConfiguration; nothing where nothing is encrypted."""
    if not is_wanted(spec):
        return []
    configuration: Fields = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [_resources(item) for item in spec.cluster.spec.etcd_encryption],
    }
    return [file(ON_NODE, to_yaml(configuration))]


def volumes(spec: ClusterSpec) -> list[JSON]:
    """Return what the API server mounts: its configuration and the folder of the sockets."""
    if not is_wanted(spec):
        return []
    return [
        {
            "hostPath": ON_NODE,
            "mountPath": IN_POD,
            "name": "encryption-config",
            "pathType": "File",
            "readOnly": True,
        },
        {
            "hostPath": SOCKETS,
            "mountPath": SOCKETS,
            "name": "kms-plugin",
            "readOnly": False,
        },
    ]


def _resources(item: EtcdEncryption) -> Fields:
    """The identity comes last, so that what was stored in clear can still be read."""
    plugins: list[JSON] = [{"kms": _kms(p.kms)} for p in item.providers if p.kms is not None]
    return {"providers": [*plugins, {"identity": {}}], "resources": list(item.resources)}


def _kms(kms: KMS) -> Fields:
    return {
        "apiVersion": "v1",
        "cachesize": kms.cache_size,
        "endpoint": kms.socket_listen_address,
        "name": kms.name,
        "timeout": kms.timeout,
    }

"""The kubelet's own configuration, which kubeadm patches from a file (not on Bottlerocket)."""

from __future__ import annotations

from typing import cast

from bedplate.capi.rendering.arguments import CIPHER_SUITES
from bedplate.capi.rendering.files import Fields, file, to_yaml
from bedplate.spec import ClusterSpec, FreeObject, thaw

PATCHES = "/etc/kubernetes/patches"


def patch_files(spec: ClusterSpec, configuration: FreeObject | None) -> list[Fields]:
    """Return the patch with the settings of a specification; nothing where it has none."""
    if configuration is None:
        return []
    settings = settings_of(configuration)
    settings.setdefault("tlsCipherSuites", list(CIPHER_SUITES))
    dns = spec.cluster.spec.cluster_network.dns
    if dns and dns.resolv_conf:
        settings.setdefault("resolvConf", dns.resolv_conf.path)
    path = f"{PATCHES}/kubeletconfiguration0+strategic.yaml"
    return [file(path, to_yaml(dict(sorted(settings.items()))), permissions="0644")]


def patches(configuration: FreeObject | None) -> Fields:
    """Return the field of kubeadm's configurations that says where patches are."""
    return {} if configuration is None else {"patches": {"directory": PATCHES}}


def settings_of(configuration: FreeObject) -> Fields:
    """Return the settings as plain data."""
    return cast(Fields, thaw(configuration))

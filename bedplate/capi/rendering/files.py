"""Files that a node finds at its first boot."""

from __future__ import annotations

from typing import TypeAlias

import yaml

from bedplate.ports.kube import JSON, Manifest
from bedplate.spec.scalars import resolve

Fields: TypeAlias = dict[str, JSON]
"""A part of an object under construction."""

KUBE_VIP = "/etc/kubernetes/manifests/kube-vip.yaml"

_FASTEST = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_FASTEST):  # type: ignore[misc, valid-type]
    """Quotes text that any reader could take for something else, and repeats itself freely."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    one_line = "" if isinstance(resolve(data), str) else '"'
    style = "|" if "\n" in data else one_line
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(data: JSON) -> str:
    """Return YAML that Kubernetes reads back as `data`."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=10_000)


def as_lines(text: str) -> str:
    """Return text with one end of line at its end, as a YAML block has it."""
    return text.rstrip("\n") + "\n"


def file(path: str, content: str, *, permissions: str = "") -> Fields:
    """Return a text file of root's; `permissions` are octal, the system's default if empty."""
    mode: Fields = {"permissions": permissions} if permissions else {}
    return {"path": path, "owner": "root:root", **mode, "content": as_lines(content)}


def secret_file(path: str, secret: str, key: str, *, permissions: str) -> Fields:
    """Return a file of root's whose content is in a Secret beside the cluster's objects."""
    source: Fields = {"secret": {"name": secret, "key": key}}
    return {
        "path": path,
        "owner": "root:root",
        "permissions": permissions,
        "contentFrom": source,
    }


def kube_vip(endpoint: str, image: str, admin_conf: str) -> Fields:
    """Return the static pod that holds the control plane's address (by ARP, one node at a time)."""
    return file(KUBE_VIP, to_yaml(_kube_vip_pod(endpoint, image, admin_conf)))


def _kube_vip_pod(endpoint: str, image: str, admin_conf: str) -> Manifest:
    settings = {
        "vip_arp": "true",
        "port": "6443",
        "vip_cidr": "32",
        "cp_enable": "true",
        "cp_namespace": "kube-system",
        "vip_ddns": "false",
        "vip_leaderelection": "true",
        "vip_leaseduration": "15",
        "vip_renewdeadline": "10",
        "vip_retryperiod": "2",
        "address": endpoint,
    }
    container: Fields = {
        "args": ["manager"],
        "env": [{"name": name, "value": value} for name, value in settings.items()],
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "name": "kube-vip",
        "resources": {},
        "securityContext": {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}},
        "volumeMounts": [{"mountPath": "/etc/kubernetes/admin.conf", "name": "kubeconfig"}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "kube-vip", "namespace": "kube-system"},
        "spec": {
            "containers": [container],
            "hostNetwork": True,
            "volumes": [{"hostPath": {"path": admin_conf}, "name": "kubeconfig"}],
        },
        "status": {},
    }

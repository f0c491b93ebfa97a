"""What a node is told at its first boot: users, time, its name and how its kubelet registers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bedplate.capi.rendering.files import Fields
from bedplate.ports.kube import JSON
from bedplate.spec import ClusterSpec, Taint
from bedplate.spec.models.common import User
from bedplate.spec.models.host_os import HostOSConfiguration

HOSTNAME = "{{ ds.meta_data.hostname }}"
"""A node's name; cloud-init fills it in from what the infrastructure says of the machine."""

NAMING = (
    f'hostname "{HOSTNAME}"',
    'echo "::1         ipv6-localhost ipv6-loopback" >/etc/hosts',
    'echo "127.0.0.1   localhost" >>/etc/hosts',
    f'echo "127.0.0.1   {HOSTNAME}" >>/etc/hosts',
    f'echo "{HOSTNAME}" >/etc/hostname',
)
"""Commands that make it so."""

RELOADING = ("sudo systemctl daemon-reload", "sudo systemctl restart containerd")
APPENDING = "cat /etc/containerd/config_append.toml >> /etc/containerd/config.toml"

_KEY = re.compile(r"(?:^|\s)((?:ssh|ecdsa|sk)-[\w@.-]+)\s+([A-Za-z0-9+/]+={0,3})(?=\s|$)")


def container_commands(spec: ClusterSpec) -> list[str]:
    """Return the commands after which containerd knows proxy and mirror (not on Bottlerocket)."""
    surroundings = spec.cluster.spec
    mirrored = surroundings.registry_mirror_configuration is not None
    proxied = surroundings.proxy_configuration is not None
    return [
        *([APPENDING] if mirrored else []),
        *(RELOADING if mirrored or proxied else ()),
    ]


def registration(
    arguments: Sequence[JSON], taints: Iterable[Taint], *, name: str = HOSTNAME
) -> Fields:
    """Return how a node registers; `name` may be empty where the node knows its own."""
    named: Fields = {"name": name} if name else {}
    return {
        "criSocket": "/var/run/containerd/containerd.sock",
        "kubeletExtraArgs": list(arguments),
        **named,
        "taints": [taint_fields(taint) for taint in taints],
    }


def taint_fields(taint: Taint) -> Fields:
    """Return a taint as objects have it."""
    fields: Fields = {"key": taint.key}
    if taint.value:
        fields["value"] = taint.value
    if taint.effect is not None:
        fields["effect"] = taint.effect.value
    return fields


def users(configured: Iterable[User], default_key: str) -> list[JSON]:
    """Return the one user of a machine, who may do everything; later ones mean nothing.

    `default_key` is for a user without a key of their own.
    """
    first = next(iter(configured), None)
    if first is None:
        return []
    key = next(iter(first.ssh_authorized_keys), "").strip() or default_key
    return [
        {
            "name": first.name,
            "sshAuthorizedKeys": [without_comment(key)] if key else [],
            "sudo": "ALL=(ALL) NOPASSWD:ALL",
        }
    ]


def without_comment(key: str) -> str:
    """Return an authorized key's type and data alone: comments and options tell who, and differ."""
    found = _KEY.search(key)
    return f"{found[1]} {found[2]}" if found else key.strip()


def time_servers(host_os: HostOSConfiguration | None) -> Fields:
    """Return the time servers, as a field; nothing where the system's own are used."""
    ntp = host_os.ntp_configuration if host_os else None
    return {"ntp": {"enabled": True, "servers": list(ntp.servers)}} if ntp else {}

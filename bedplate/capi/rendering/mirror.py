"""The registry mirror, as containerd, Bottlerocket and external etcd are told of it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from bedplate.bundles.mirror import MirrorMap, api_endpoint
from bedplate.capi.blueprint import Login
from bedplate.capi.rendering.files import Fields, as_lines, file
from bedplate.ports.kube import JSON
from bedplate.spec import ClusterSpec
from bedplate.spec.models.surroundings import RegistryMirror

APPENDED = "/etc/containerd/config_append.toml"
HOSTS = "/etc/containerd/certs.d"
PLUGIN = 'plugins."io.containerd.grpc.v1.cri".registry'


def mirror_map(spec: ClusterSpec) -> MirrorMap | None:
    """Return where upstream registries are mirrored; None without a mirror."""
    mirror = spec.cluster.spec.registry_mirror_configuration
    return None if mirror is None else _map_of(mirror)


def containerd_files(spec: ClusterSpec, login: Login) -> list[Fields]:
    """Return what containerd reads about the mirror; nothing without one.

    The certificate of the mirror's authority, a part to append to containerd's configuration, and
    a file of hosts for the mirror itself and each upstream registry (with the password, where the
    mirror asks for one: `login`).
    """
    mirror = spec.cluster.spec.registry_mirror_configuration
    if mirror is None:
        return []
    places = _map_of(mirror)
    mirrored = {places.base: places.base} | dict(sorted(places.registries.items()))
    authority = f"{HOSTS}/{places.base}/ca.crt"
    certificate = mirror.ca_cert_content
    hosts = _Hosts(mirror, authority, login)
    return [
        *([file(authority, certificate)] if certificate else []),
        file(APPENDED, f"[{PLUGIN}]\n  config_path = {_quoted(HOSTS)}\n"),
        *(
            file(f"{HOSTS}/{registry}/hosts.toml", hosts.text(registry, place))
            for registry, place in mirrored.items()
        ),
    ]


def bottlerocket(spec: ClusterSpec) -> Fields:
    """Return Bottlerocket's mirror settings, as a field.

    A mirror of EKS Anywhere's own registry alone has a short form.
    """
    mirror = spec.cluster.spec.registry_mirror_configuration
    if mirror is None:
        return {}
    places = _map_of(mirror)
    listed: list[JSON] = [
        {"registry": registry, "endpoints": [api_endpoint(place)]}
        for registry, place in sorted(places.registries.items())
    ]
    alone = places.core and len(listed) == 1
    where: Fields = {"endpoint": api_endpoint(places.core)} if alone else {"mirrors": listed}
    return {"registryMirror": {**where, **_certificate(mirror)}}


def etcd(spec: ClusterSpec) -> Fields:
    """Return the mirror settings of external etcd's machines, as a field."""
    mirror = spec.cluster.spec.registry_mirror_configuration
    if mirror is None:
        return {}
    endpoint: Fields = {"endpoint": api_endpoint(_map_of(mirror).core)}
    return {"registryMirror": {**endpoint, **_certificate(mirror)}}


def _map_of(mirror: RegistryMirror) -> MirrorMap:
    namespaces = [(item.registry, item.namespace) for item in mirror.oci_namespaces]
    return MirrorMap.of(mirror.endpoint, mirror.port, namespaces)


def _certificate(mirror: RegistryMirror) -> Fields:
    return {"caCert": as_lines(mirror.ca_cert_content)} if mirror.ca_cert_content else {}


@dataclass(frozen=True, slots=True)
class _Hosts:
    """What containerd is told of the mirror, whatever registry it stands for."""

    mirror: RegistryMirror
    authority: str
    login: Login

    def text(self, registry: str, place: str) -> str:
        """Say where a registry is mirrored.

        The address is the API's root already: told nothing, containerd would put another v2 behind
        it.
        """
        host = f"host.{_quoted(f'https://{api_endpoint(place)}')}"
        lines = [
            f"server = {_quoted(f'https://{registry}')}",
            "",
            f"[{host}]",
            '  capabilities = ["pull", "resolve"]',
            "  override_path = true",
            *([f"  ca = {_quoted(self.authority)}"] if self.mirror.ca_cert_content else []),
            *(["  skip_verify = true"] if self.mirror.insecure_skip_verify else []),
            *(self.header(host) if self.mirror.authenticate else ()),
        ]
        return "\n".join(lines) + "\n"

    def header(self, host: str) -> tuple[str, str]:
        """Log in with every request: containerd's own table of logins is for no mirrors."""
        pair = f"{self.login.username}:{self.login.password}"
        basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return f"  [{host}.header]", f"    authorization = {_quoted(basic)}"


def _quoted(text: str) -> str:
    """TOML's strings are those of JSON."""
    return json.dumps(text, ensure_ascii=False)

"""Which servers of a cluster show a certificate: its endpoint, and each machine by its address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bedplate.capi import kinds, names, objects, selectors
from bedplate.capi.addresses import address_of
from bedplate.capi.cluster import ref_of
from bedplate.certificates.found import pem_of
from bedplate.ports.kube import Kube
from bedplate.ports.network import Certificate, Network
from bedplate.spec import ClusterSpec

API_PORT, ETCD_PORT = 6443, 2379


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server answers, who has to have signed its certificate (PEM), on which machine."""

    host: str
    port: int
    authority: str
    machine: str = ""

    @property
    def place(self) -> str:
        """How people call it."""
        return f"{self.host}:{self.port}" + (f" ({self.machine})" if self.machine else "")

    def look(self, network: Network) -> Certificate | None:
        """Return the certificate that it shows; None where nothing answers with TLS."""
        return network.certificate(self.host, self.port, authority=self.authority)


def plane_servers(spec: ClusterSpec, kube: Kube) -> Iterator[Server]:
    """Yield the endpoint, and each control-plane machine's API server."""
    authority = _authority(kube, f"{spec.name}-ca")
    if spec.endpoint:
        yield Server(spec.endpoint, API_PORT, authority)
    yield from _servers(kube, selectors.of_control_plane(spec.name), API_PORT, authority)


def etcd_servers(spec: ClusterSpec, kube: Kube) -> Iterator[Server]:
    """Yield each machine of external etcd, where there is one."""
    if spec.etcd is None:
        return
    authority = _authority(kube, names.etcd_authority(spec.name))
    yield from _servers(kube, selectors.of_etcd(spec.name), ETCD_PORT, authority)


def _servers(kube: Kube, labels: Mapping[str, str], port: int, authority: str) -> Iterator[Server]:
    for machine in kube.list(kinds.MACHINE, names.NAMESPACE, labels):
        if address := address_of(machine):
            yield Server(address, port, authority, objects.name(machine))


def _authority(kube: Kube, name: str) -> str:
    """Return an authority's certificate (PEM), or "" where it is none."""
    secret = kube.get(ref_of(kinds.SECRET, name))
    return "" if secret is None else pem_of(secret)

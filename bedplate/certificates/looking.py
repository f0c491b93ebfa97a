"""Looks at a cluster's certificates: in Secrets, in the vault, and as its servers show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import ref_of
from bedplate.certificates.found import (
    BY_ROLLING,
    COPY,
    Expiry,
    in_kubeconfig,
    in_secret,
    pem_of,
    shown,
)
from bedplate.drift.finding import Unseen
from bedplate.errors import BedplateError, Owner, PermanentError, TemporaryError
from bedplate.ports.kube import Kube, Manifest, Reach, Side
from bedplate.ports.tools import Tools

API_PORT, ETCD_PORT = 6443, 2379
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Certificates:
    """The certificates of one cluster, those that end first before the others.

    `now` is the site's time in Unix seconds.
    """

    cluster: str
    site: str
    now: float
    found: tuple[Expiry, ...]
    unseen: tuple[Unseen, ...] = ()

    def ending(self, days: int) -> tuple[Expiry, ...]:
        """Return those that are good for less than so many days."""
        return tuple(one for one in self.found if one.days_left(self.now) < days)


def look_at_certificates(tools: Tools, site: str) -> Certificates:
    """Look everywhere; what cannot be looked at is told as unseen."""
    look = _Look(tools)
    look.part("Secrets", look.in_secrets)
    look.part("vault", look.in_vault)
    look.part("servers", look.at_servers)
    ordered = sorted(look.found, key=lambda one: (one.not_after, one.place))
    return Certificates(tools.spec.name, site, look.now, tuple(ordered), tuple(look.unseen))


@dataclass(slots=True)
class _Look:
    tools: Tools
    found: list[Expiry] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)

    @property
    def now(self) -> float:
        return self.tools.ports.clock.now()

    def part(self, name: str, read: Callable[[], Iterator[Expiry]]) -> None:
        """Read one part; a temporary error is met twice before it counts."""
        for again in reversed(range(ATTEMPTS)):
            try:
                self.found += list(read())
                return
            except TemporaryError as error:
                if again:
                    continue
                self._miss(name, error)
            except BedplateError as error:
                self._miss(name, error)
                return

    def _miss(self, name: str, error: BedplateError) -> None:
        self.unseen.append(Unseen(name, error.code, error.seen, error.remedy))

    def in_secrets(self) -> Iterator[Expiry]:
        cluster, kube = self.tools.spec.name, self._manager()
        for secret in kube.list(kinds.SECRET, names.NAMESPACE, _of(cluster)):
            yield from in_secret(cluster, secret)

    def in_vault(self) -> Iterator[Expiry]:
        name = names.vault_kubeconfig(self.tools.spec.name)
        text = self.tools.ports.vault.get(name) or ""
        renewal = COPY.format(cluster=self.tools.spec.name)
        yield from in_kubeconfig(f"vault {name}", text, renewal)

    def at_servers(self) -> Iterator[Expiry]:
        """The endpoint, and each machine of control plane and etcd by its own address."""
        cluster, kube = self.tools.spec.name, self._manager()
        authority = _authority(kube, f"{cluster}-ca")
        yield from self._server(self.tools.spec.endpoint, API_PORT, authority)
        plane = {**_of(cluster), kinds.CONTROL_PLANE_LABEL: ""}
        for machine in kube.list(kinds.MACHINE, names.NAMESPACE, plane):
            yield from self._server(_address(machine), API_PORT, authority, objects.name(machine))
        if self.tools.spec.etcd is not None:
            etcd = {**_of(cluster), kinds.ETCD_LABEL: names.etcd_cluster(cluster)}
            authority = _authority(kube, names.etcd_authority(cluster))
            for machine in kube.list(kinds.MACHINE, names.NAMESPACE, etcd):
                name = objects.name(machine)
                yield from self._server(_address(machine), ETCD_PORT, authority, name)

    def _server(self, host: str, port: int, authority: str, machine: str = "") -> Iterator[Expiry]:
        if not host:
            return
        place = f"{host}:{port}" + (f" ({machine})" if machine else "")
        found = self.tools.ports.network.certificate(host, port, authority=authority)
        if found is None:
            self.unseen.append(
                Unseen(place, "TLS_SILENT", "nothing answers with TLS there", "see whether it runs")
            )
            return
        moment = datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield shown(place, found, BY_ROLLING.format(cluster=self.tools.spec.name, now=moment))

    def _manager(self) -> Kube:
        spec = self.tools.spec
        side = Side.CLUSTER if spec.self_managed else Side.MANAGEMENT
        kube = self.tools.ports.kube.get(side)
        if kube is None or kube.reach() is not Reach.ANSWERS:
            name = spec.name if spec.self_managed else spec.management_cluster
            raise PermanentError(
                "CLUSTER_SILENT",
                f"the API server of {name} cannot be asked",
                why="it keeps the cluster's Secrets and machines",
                remedy="see whether its machines run, and whether the vault's"
                f" {names.vault_kubeconfig(name)!r} is its kubeconfig",
                owner=Owner.PLATFORM,
            )
        return kube


def _of(cluster: str) -> dict[str, str]:
    return {kinds.CLUSTER_NAME_LABEL: cluster}


def _authority(kube: Kube, name: str) -> str:
    """Return an authority's certificate (PEM), or "" where it is none."""
    secret = kube.get(ref_of(kinds.SECRET, name))
    return "" if secret is None else pem_of(secret)


def _address(machine: Manifest) -> str:
    """Return a machine's first address that is one, not a name."""
    wanted = ("ExternalIP", "InternalIP")
    found: Sequence[Manifest] = objects.items(machine, "status", "addresses")
    addresses = [one for one in found if objects.text(one, "type") in wanted]
    return objects.text(addresses[0], "address") if addresses else ""

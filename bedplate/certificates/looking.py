"""Looks at a cluster's certificates: in Secrets, in the vault, and as its servers show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bedplate.capi import kinds, names
from bedplate.capi.managing import managing_side
from bedplate.certificates.found import (
    BY_ROLLING,
    COPY,
    Expiry,
    in_kubeconfig,
    in_secret,
    shown,
)
from bedplate.certificates.servers import etcd_servers, plane_servers
from bedplate.drift.finding import Unseen
from bedplate.errors import BedplateError, Owner, PermanentError, TemporaryError
from bedplate.ports.kube import Kube
from bedplate.ports.tools import Tools

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
        spec, kube = self.tools.spec, self._manager()
        for server in (*plane_servers(spec, kube), *etcd_servers(spec, kube)):
            found = server.look(self.tools.ports.network)
            if found is not None:
                yield shown(server.place, found, BY_ROLLING.format(cluster=spec.name))
                continue
            seen, remedy = "nothing answers with TLS there", "see whether it runs"
            self.unseen.append(Unseen(server.place, "TLS_SILENT", seen, remedy))

    def _manager(self) -> Kube:
        spec = self.tools.spec
        kube = self.tools.answering(managing_side(spec))
        if kube is None:
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

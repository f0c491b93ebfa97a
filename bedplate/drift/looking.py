"""Looks at the world once for a comparison. Reads only; each part fails alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bedplate.capi import kinds, names, objects
from bedplate.capi.blueprint import Blueprint, TemplateNames
from bedplate.capi.cluster import documents
from bedplate.capi.controllers import controllers
from bedplate.capi.discover import discover
from bedplate.capi.external_etcd import ENDPOINTS
from bedplate.capi.managing import managing_side
from bedplate.capi.naming import OWNERS
from bedplate.drift import Infrastructure, Managed, Seen, compare
from bedplate.drift.basis import Basis
from bedplate.drift.finding import Comparison, Unseen
from bedplate.drift.templates import names_in_use
from bedplate.engine.journal import RunState
from bedplate.errors import BedplateError, Owner, PermanentError, TemporaryError
from bedplate.ports.components import Component
from bedplate.ports.kube import Kube, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import Inventory, Snapshot
from bedplate.providers import provider_of
from bedplate.providers.keys import generated_public_key
from bedplate.spec import ClusterSpec

CHOSEN = "chosen"
CHOOSERS = ("control-plane", "workers")
"""The steps that note what the inventory decided (phases/rendering.py)."""
ATTEMPTS = 2

Part = TypeVar("Part")


def examine(tools: Tools, basis: Basis, site: str) -> Comparison:
    """Look at everything and compare it; what cannot be looked at is told as unseen."""
    look = _Look(tools, basis)
    seen = look.everything()
    return Comparison(basis.spec.name, site, basis.told, compare(seen), tuple(look.unseen))


@dataclass(slots=True)
class _Look:
    """One look; `unseen` gathers the parts that failed."""

    tools: Tools
    basis: Basis
    unseen: list[Unseen] = field(default_factory=list)

    def everything(self) -> Seen:
        snapshot = self._part("vCenter", self._snapshot)
        managed = self._part("Cluster API", lambda: self._managed(snapshot))
        basis = self.basis
        return Seen(
            spec=basis.spec,
            specs=basis.specs,
            runs=basis.runs,
            settled=basis.settled,
            managed=managed,
            infrastructure=self._infrastructure(snapshot),
            nodes=self._part("nodes", self._nodes),
            bootstrap_left=self._part("bootstrap cluster", self._bootstrap_left),
        )

    def _part(self, name: str, read: Callable[[], Part]) -> Part | None:
        for again in reversed(range(ATTEMPTS)):
            try:
                return read()
            except TemporaryError as error:
                if not again:
                    self._miss(name, error)
            except BedplateError as error:
                self._miss(name, error)
                break
        return None

    def _miss(self, name: str, error: BedplateError) -> None:
        self.unseen.append(Unseen(name, error.code, error.seen, error.remedy))

    # -- vCenter ---------------------------------------------------------------------------------

    def _snapshot(self) -> Snapshot | None:
        if provider_of(self.basis.spec).component is not Component.VSPHERE:
            return None
        return self.tools.ports.vcenter.look()

    def _infrastructure(self, snapshot: Snapshot | None) -> Infrastructure | None:
        if snapshot is None:
            return None
        spec = self._as_chosen(snapshot)
        paths = {config.spec.template for config in spec.vsphere_machines.values()}
        paths |= set(provider_of(spec).template_paths(spec, self.tools.bundle))
        found = {p: bool(snapshot.find(Inventory.TEMPLATE, p)) for p in sorted(paths) if p}
        return Infrastructure(snapshot.machines, found)

    def _bootstrap_left(self) -> bool:
        return self.tools.ports.bootstrap.exists(names.bootstrap_cluster(self.basis.spec.name))

    # -- API servers -----------------------------------------------------------------------------

    def _nodes(self) -> tuple[Manifest, ...] | None:
        kube = self._kube(Side.CLUSTER)
        return None if kube is None else tuple(kube.list(kinds.NODE))

    def _managed(self, snapshot: Snapshot | None) -> Managed | None:
        kube = self._manager()
        if kube is None:
            return None
        asked = self._asked(kube, snapshot)
        wanted = documents(self.basis.spec)
        live = {objects.ref(one): kube.get(objects.ref(one)) for one in (*asked, *wanted)}
        return Managed(
            asked=asked,
            documents=wanted,
            live={ref: found for ref, found in live.items() if found is not None},
            owned=tuple(discover(kube, self.basis.spec.name)),
            controllers=tuple(controllers(kube)),
            same_bundle=self._same_bundle(),
        )

    def _manager(self) -> Kube | None:
        """Return the API server that manages the machines."""
        return self._kube(managing_side(self.basis.spec))

    def _kube(self, side: Side) -> Kube | None:
        """Return an API server that answers; None while a create has not come to its end.

        Until then the bootstrap cluster manages the machines, or nobody, or both in turn.
        """
        if self.basis.run.state is not RunState.COMPLETED:
            return None
        kube = self.tools.ports.kube.get(side)
        reach = Reach.ABSENT if kube is None else kube.reach()
        if kube is None or reach is not Reach.ANSWERS:
            raise _silent(self.basis.spec, side, reach)
        return kube

    def _asked(self, kube: Kube, snapshot: Snapshot | None) -> tuple[Manifest, ...]:
        """Return what would be applied now, under the names of the templates in use."""
        spec = self._as_chosen(snapshot)
        provider = provider_of(spec)
        first = Blueprint(
            spec,
            self.tools.bundle,
            TemplateNames.first(spec),
            ssh_key=generated_public_key(self.tools),
            secrets=provider.render_secrets(self.tools),
        )
        refs = {
            objects.ref(one)
            for one in (*provider.control_plane(first), *provider.workers(first))
            if objects.kind(one) in OWNERS
        }
        owners = [found for ref in sorted(refs) if (found := kube.get(ref)) is not None]
        chosen = replace(
            first,
            templates=names_in_use(spec, owners),
            etcd_endpoints=_etcd_endpoints(spec, owners),
        )
        return (*provider.control_plane(chosen), *provider.workers(chosen))

    def _as_chosen(self, snapshot: Snapshot | None) -> ClusterSpec:
        """Return the specification with what the inventory decided when it was made."""
        spec, bundle = self.basis.spec, self.tools.bundle
        name = f"{CHOSEN} for {spec.fingerprint()[:12]} {bundle.digest[:12]}"
        noted = [one for step in CHOOSERS for one in self.tools.notes.earlier(step, name)]
        chosen = noted[-1] if noted else None
        if not isinstance(chosen, Mapping):
            seen = snapshot if snapshot is not None else Snapshot(objects=())
            chosen = provider_of(spec).choices(spec, bundle, seen)
        return provider_of(spec).with_choices(spec, chosen)

    def _same_bundle(self) -> bool:
        same = self.basis.run.bundle == self.tools.bundle.digest
        if not same:
            self.unseen.append(
                Unseen(
                    "fields and exact versions",
                    "BUNDLE_OTHER",
                    f"{self.basis.spec.name} was made with the bundle"
                    f" sha256:{self.basis.run.bundle[:12]}; the site now has"
                    f" sha256:{self.tools.bundle.digest[:12]}",
                    "compare again after the next upgrade, or with the bundle it was made with",
                    failed=False,
                )
            )
        return same


def _etcd_endpoints(spec: ClusterSpec, live: Sequence[Manifest]) -> tuple[str, ...]:
    """Return the members that the control plane uses: Cluster API filled them in."""
    for item in live:
        if objects.kind(item) == kinds.KUBEADM_CONTROL_PLANE and objects.name(item) == spec.name:
            return objects.texts(item, *ENDPOINTS)
    return ()


def _silent(spec: ClusterSpec, side: Side, reach: Reach) -> PermanentError:
    name = spec.name if side is Side.CLUSTER else spec.management_cluster
    return PermanentError(
        "CLUSTER_SILENT",
        f"the API server of {name} cannot be asked: {reach.value}",
        why="what it holds cannot be compared",
        remedy=f"see whether its machines run, and whether the vault's"
        f" {names.vault_kubeconfig(name)!r} is its kubeconfig",
        owner=Owner.PLATFORM,
    )

"""The Kubernetes API of a simulated world behind the `Kube` port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from bedplate.adapters.files import FileVault
from bedplate.errors import Owner, TemporaryError
from bedplate.ports.kube import Kind, Manifest, Reach, Ref
from bedplate.simulation import apis, apiserver, logs
from bedplate.simulation.kubeconfig import client_end, trusts
from bedplate.simulation.objects import Objects
from bedplate.simulation.store import Tx
from bedplate.simulation.world import World

Access = Callable[[Tx], Reach]


class SimulatedKube:
    """One API server of a simulated world."""

    def __init__(self, world: World, api: str, access: Access) -> None:
        self._world = world
        self._api = api
        self._access = access

    def reach(self) -> Reach:
        """Say whether the API server can be spoken to; never raises."""
        with self._world.snapshot() as tx:
            return self._access(tx)

    def get(self, ref: Ref) -> Manifest | None:
        """Return the object, or None where there is none."""
        with self._reading() as objects:
            return apiserver.get(objects, ref)

    def list(
        self, kind: Kind, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> Sequence[Manifest]:
        """Return the objects of a kind that carry all `labels`, by namespace and name."""
        with self._reading() as objects:
            return apiserver.list_(objects, kind, namespace, labels or {})

    def logs(self, workload: Ref, lines: int) -> Mapping[str, str]:
        """Return what the simulated controllers would have written."""
        with self._reading() as objects:
            return logs.of_workload(objects, workload, lines)

    def apply(self, ref: Ref, manifest: Manifest) -> Manifest:
        """Server-side apply with our field manager."""
        with self._writing() as objects:
            return apiserver.apply(objects, ref, manifest)

    def dry_run(self, ref: Ref, manifest: Manifest) -> Manifest:
        """Ask to create the object without keeping it; raises as a create would."""
        with self._reading() as objects:
            return apiserver.create(objects, ref, manifest, keep=False)

    def would_apply(self, ref: Ref, manifest: Manifest) -> Manifest:
        """Return what applying would make of the object, without keeping it."""
        with self._reading() as objects:
            return apiserver.apply(objects, ref, manifest, keep=False)

    def create(self, ref: Ref, manifest: Manifest) -> Manifest:
        """Create the object with a status as given; an object that exists is returned."""
        with self._writing() as objects:
            return apiserver.create(objects, ref, manifest)

    def patch(self, ref: Ref, patch: Manifest) -> Manifest | None:
        """JSON merge patch; None where the object is gone."""
        with self._writing() as objects:
            return apiserver.patch(objects, ref, patch)

    def patch_status(self, ref: Ref, status: Manifest) -> Manifest | None:
        """JSON merge patch of a status; None where the object is gone or has none of its own."""
        with self._writing() as objects:
            return apiserver.patch_status(objects, ref, status)

    def delete(self, ref: Ref) -> None:
        """Delete the object (background propagation); one that is gone is success."""
        with self._writing() as objects:
            apiserver.delete(objects, ref)

    @contextmanager
    def _reading(self) -> Iterator[Objects]:
        with self._world.snapshot() as tx:
            self._require_answer(tx)
            yield Objects(tx, self._api)

    @contextmanager
    def _writing(self) -> Iterator[Objects]:
        with self._world.transaction() as tx:
            self._require_answer(tx)
            objects = Objects(tx, self._api)
            yield objects
            if objects.changes:
                apis.wake(tx, self._api)

    def _require_answer(self, tx: Tx) -> None:
        if self._access(tx) is not Reach.ANSWERS:
            raise TemporaryError(
                "NET_UNREACHABLE",
                f"the API server of {self._api.partition(':')[2]} does not answer",
                why="nothing can be read or changed there meanwhile",
                remedy="see whether its machines run, then resume",
                owner=Owner.PLATFORM,
            )


def bootstrap_kube(world: World, name: str) -> SimulatedKube:
    """Return the API server of a KinD cluster."""
    api = apis.of_kind(name)
    return SimulatedKube(world, api, lambda tx: apis.reach(tx, api))


def cluster_kube(world: World, cluster: str, vault: FileVault) -> SimulatedKube:
    """Return a cluster's own API server, known by the kubeconfig that the vault holds."""
    api = apis.of_cluster(cluster)

    def access(tx: Tx) -> Reach:
        kubeconfig = vault.get(f"{cluster}/kubeconfig")
        if kubeconfig is None:
            return Reach.ABSENT
        if apis.reach(tx, api) is not Reach.ANSWERS or not _is_trusted(tx, api, kubeconfig):
            return Reach.SILENT
        return Reach.ANSWERS

    return SimulatedKube(world, api, access)


def _is_trusted(tx: Tx, api: str, kubeconfig: str) -> bool:
    """One of another cluster that had this name and address is of no use, nor one that ended."""
    row = tx.one("SELECT ca FROM apis WHERE id = ?", api)
    return row is not None and trusts(kubeconfig, str(row[0])) and client_end(kubeconfig) > tx.now

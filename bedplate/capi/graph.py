"""Which objects belong to one cluster, and who owns whom among them.

The rules are clusterctl's, narrowed to one cluster where it moves a whole namespace. An object
belongs to the cluster when it

- is the Cluster, or names it (the cluster-name label, or `spec.clusterName`);
- is owned by one that belongs, or owns one (a ClusterResourceSet owns its bindings);
- is referred to by kind and name from one that belongs (an identity Secret, a template);
- is called `<cluster>-<purpose>` for a purpose Cluster API knows (`ca`, `kubeconfig`, …);
- carries a move label (itself or its kind) and has a name that begins with the cluster's;

and does not belong to another cluster by the same signs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from bedplate.capi import kinds, objects
from bedplate.ports.kube import JSON, Kind, Manifest, Ref

CORE_GROUP = kinds.CLUSTER.group

PROVIDER_LABEL = "cluster.x-k8s.io/provider"
CLUSTERCTL_LABEL = "clusterctl.cluster.x-k8s.io"
MOVE_HIERARCHY_LABEL = "clusterctl.cluster.x-k8s.io/move-hierarchy"

# clusterctl's own inventory describes one management cluster and stays with it.
INVENTORY_GROUP = "clusterctl.cluster.x-k8s.io"

SECRET_PURPOSES = frozenset(
    {"ca", "etcd", "kubeconfig", "user-kubeconfig", "proxy", "sa", "apiserver-etcd-client"}
)


@dataclass(frozen=True, slots=True, order=True)
class MovableKind:
    """A kind whose objects may be moved; `forced` where its definition carries a move label."""

    kind: Kind
    namespaced: bool = True
    forced: bool = False


def kinds_to_move(crds: Iterable[Manifest]) -> tuple[MovableKind, ...]:
    """Return the kinds that Cluster API's providers define, and Secret and ConfigMap."""
    found = [MovableKind(kinds.SECRET), MovableKind(kinds.CONFIG_MAP)]
    for crd in crds:
        labels = objects.labels(crd)
        group = objects.text(crd, "spec", "group")
        if group == INVENTORY_GROUP or not {CLUSTERCTL_LABEL, PROVIDER_LABEL} & labels.keys():
            continue
        forced, namespaced = (
            _has_move_label(labels),
            objects.text(crd, "spec", "scope") != "Cluster",
        )
        named = objects.text(crd, "spec", "names", "kind")
        found += [
            MovableKind(Kind(f"{group}/{objects.text(version, 'name')}", named), namespaced, forced)
            for version in objects.items(crd, "spec", "versions")
            if objects.flag(version, "storage")
        ]
    return tuple(sorted(found))


class ObjectGraph:
    """The objects of one cluster, keyed by uid, in the order of their addresses.

    `movable` are the kinds that were looked through.
    """

    def __init__(
        self, name: str, members: Iterable[Manifest], movable: Sequence[MovableKind] = ()
    ) -> None:
        self.name = name
        self.movable = tuple(movable)
        self.nodes: Mapping[str, Manifest] = {
            objects.uid(obj): obj for obj in sorted(members, key=objects.ref)
        }

    @classmethod
    def within(
        cls, name: str, universe: Iterable[Manifest], movable: Sequence[MovableKind] = ()
    ) -> ObjectGraph:
        """Return the graph of what belongs to one cluster in a universe of objects."""
        everything = {objects.uid(obj): obj for obj in universe}
        forced = {one.kind for one in movable if one.forced}
        members = _Membership(name, everything, forced).members()
        return cls(name, (everything[uid] for uid in members), movable)

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Manifest]:
        return iter(self.nodes.values())

    @cached_property
    def cluster(self) -> Manifest | None:
        """The Cluster's manifest, or None."""
        return next((obj for obj in self if is_cluster(obj, self.name)), None)

    @cached_property
    def refs(self) -> Mapping[Ref, Manifest]:
        """The objects by their addresses."""
        return {objects.ref(obj): obj for obj in self}

    def of_kind(self, kind: str, group: str = CORE_GROUP) -> tuple[Manifest, ...]:
        """Return the objects of a kind, whatever the version."""
        return tuple(
            obj
            for obj in self
            if objects.kind(obj).kind == kind and objects.kind(obj).group == group
        )

    def machines(self) -> tuple[Manifest, ...]:
        """Return the cluster's Machines."""
        return self.of_kind("Machine")


def is_cluster(obj: Manifest, name: str | None = None) -> bool:
    """Say whether an object is a Cluster of Cluster API (and, given a name, that one)."""
    kind = objects.kind(obj)
    right = kind.kind == "Cluster" and kind.group == CORE_GROUP
    return right and (name is None or objects.name(obj) == name)


def _has_move_label(labels: Mapping[str, str]) -> bool:
    return kinds.MOVE_LABEL in labels or MOVE_HIERARCHY_LABEL in labels


class _Membership:
    """Finds what belongs to one cluster in a universe of objects."""

    def __init__(self, name: str, universe: Mapping[str, Manifest], forced: Iterable[Kind]) -> None:
        self._name = name
        self._universe = universe
        self._forced = frozenset(forced)
        self._declared = {uid: _declares(obj) for uid, obj in universe.items()}
        self._owners = {
            uid: frozenset(owner.uid for owner in objects.owner_references(obj))
            for uid, obj in universe.items()
        }
        self._owned: dict[str, set[str]] = {}
        for uid, owners in self._owners.items():
            for owner in owners:
                self._owned.setdefault(owner, set()).add(uid)
        # References name no version, so what they are matched with has none.
        self._by_name: dict[tuple[str, str], set[str]] = {}
        for uid, obj in universe.items():
            self._by_name.setdefault((objects.kind(obj).kind, objects.name(obj)), set()).add(uid)

    def members(self) -> frozenset[str]:
        """Return the uids of what belongs to the cluster; empty where it has no Cluster."""
        if not any(is_cluster(obj, self._name) for obj in self._universe.values()):
            return frozenset()
        ours = self._declaring(lambda declared: declared == self._name)
        theirs = self._declaring(lambda declared: declared not in ("", self._name))
        foreign = self._below(theirs, frozenset()) - self._below(ours, theirs)
        found: set[str] = set()
        todo: AbstractSet[str] = (ours | self._named()) - foreign
        while todo:
            found.update(todo)
            near = {neighbour for uid in todo for neighbour in self._neighbours(uid)}
            todo = near - found - foreign
        return frozenset(found)

    def _declaring(self, wanted: Callable[[str], bool]) -> frozenset[str]:
        return frozenset(uid for uid, declared in self._declared.items() if wanted(declared))

    def _below(self, roots: frozenset[str], stop: frozenset[str]) -> frozenset[str]:
        """Return the roots and all they own, directly or not, without what is in `stop`."""
        found: set[str] = set()
        todo = set(roots) - stop
        while todo:
            found |= todo
            todo = {owned for uid in todo for owned in self._owned.get(uid, ())} - found - stop
        return frozenset(found)

    def _named(self) -> frozenset[str]:
        return frozenset(uid for uid, obj in self._universe.items() if self._is_named(obj))

    def _is_named(self, obj: Manifest) -> bool:
        if objects.owner_references(obj):
            return False
        name = objects.name(obj)
        if objects.kind(obj) == kinds.SECRET and name in {
            f"{self._name}-{purpose}" for purpose in SECRET_PURPOSES
        }:
            return True
        moves = _has_move_label(objects.labels(obj)) or objects.kind(obj) in self._forced
        return moves and self._name == self._cluster_named_in(name)

    def _cluster_named_in(self, name: str) -> str:
        """Return the longest cluster name that `name` begins with: `a-b-key` is a-b's, not a's."""
        known = {declared for declared in self._declared.values() if declared}
        fitting = [one for one in known if name == one or name.startswith(f"{one}-")]
        return max(fitting, key=len, default="")

    def _neighbours(self, uid: str) -> Iterator[str]:
        yield from self._owned.get(uid, ())
        yield from self._owners[uid] & self._universe.keys()
        obj = self._universe[uid]
        for named in set(_references(objects.value(obj, "spec"))):
            for other in self._by_name.get(named, ()):
                if objects.namespace(self._universe[other]) in ("", objects.namespace(obj)):
                    yield other


def _declares(obj: Manifest) -> str:
    """Return the name of the cluster that an object says it belongs to, or ""."""
    if is_cluster(obj):
        return objects.name(obj)
    label = objects.labels(obj).get(objects.CLUSTER_NAME_LABEL, "")
    return label or objects.text(obj, "spec", "clusterName")


def _references(found: JSON) -> Iterator[tuple[str, str]]:
    """Yield every kind and name that stand side by side, at any depth."""
    if isinstance(found, Mapping):
        kind, name = found.get("kind"), found.get("name")
        if isinstance(kind, str) and isinstance(name, str):
            yield kind, name
        for inner in found.values():
            yield from _references(inner)
    elif isinstance(found, Sequence) and not isinstance(found, str):
        for inner in found:
            yield from _references(inner)

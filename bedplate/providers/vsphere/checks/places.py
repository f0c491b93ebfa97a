"""Whether what a specification names is in the inventory, once, and within reach."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

from bedplate.checks.check import Finding
from bedplate.checks.finding import Findings, block, warn
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.ports.vcenter import Inventory, InventoryObject
from bedplate.providers.vsphere.checks.lookup import each_only, exactly_one, only
from bedplate.providers.vsphere.groups import Placed, placed_groups
from bedplate.providers.vsphere.reading import datacenter_of
from bedplate.spec import ClusterSpec, VSphereMachineConfig
from bedplate.spec.models.vsphere_datacenter import FailureDomain

Look = Callable[[Scene], Findings]

DATACENTER = "VSphereDatacenterConfig.spec"


def field_of(config: VSphereMachineConfig, field: str) -> str:
    """Return the name of a machine configuration's field, for people."""
    return f"VSphereMachineConfig/{config.name}.spec.{field}"


def datacenter(scene: Scene) -> Findings:
    """The datacenter is there."""
    name = datacenter_of(scene.spec).spec.datacenter
    yield from exactly_one(scene, Inventory.DATACENTER, name, f"{DATACENTER}.datacenter")


def network(scene: Scene) -> Findings:
    """The machines' network is there."""
    path = datacenter_of(scene.spec).spec.network
    yield from exactly_one(scene, Inventory.NETWORK, path, f"{DATACENTER}.network")


def config_looks(config: VSphereMachineConfig) -> tuple[tuple[str, str, Look], ...]:
    """Return name, line and look for each place of a machine configuration."""
    spec = config.spec
    datastore, pool = Inventory.DATASTORE, Inventory.RESOURCE_POOL
    return (
        (
            "datastore",
            "Datastore validated",
            _named(datastore, spec.datastore, field_of(config, "datastore")),
        ),
        ("folder", "Folder validated", functools.partial(_folder, config=config)),
        (
            "resource-pool",
            "Resource pool validated",
            _named(pool, spec.resource_pool, field_of(config, "resourcePool")),
        ),
    )


def _named(kind: Inventory, path: str, target: str) -> Look:
    return functools.partial(exactly_one, kind=kind, path=path, target=target)


def _folder(scene: Scene, config: VSphereMachineConfig) -> Findings:
    """A folder may be missing, since provider setup makes it, where it can be made."""
    path, target = config.spec.folder, field_of(config, "folder")
    if not path:
        return  # the datacenter's own
    found = scene.inventory().find(Inventory.FOLDER, path)
    if len(found) > 1:
        yield from exactly_one(scene, Inventory.FOLDER, path, target)
    elif not found and path.startswith("/") and not _can_be_made(scene, path):
        yield block(
            target,
            f"{path} is not there and cannot be made: machine folders are below"
            f" {_machine_root(scene)}",
            f"write a path below {_machine_root(scene)}",
            Owner.SPEC_AUTHOR,
        )


def _can_be_made(scene: Scene, path: str) -> bool:
    return path.startswith(f"{_machine_root(scene)}/")


def _machine_root(scene: Scene) -> str:
    return f"/{datacenter_of(scene.spec).spec.datacenter.strip('/')}/vm"


def worker_networks(scene: Scene) -> Findings:
    """Networks that worker machines choose themselves are there.

    How many there may be, and that only workers may choose, the specification's rules say.
    """
    chosen = {
        (path, field_of(placed.config, "networks")): None
        for placed in placed_groups(scene.spec)
        if placed.config.spec.networks and placed.domain is None
        for path in placed.networks
        if path != placed.datacenter.network
    }
    for path, target in chosen:
        yield from exactly_one(scene, Inventory.NETWORK, path, target)


def has_worker_networks(spec: ClusterSpec) -> bool:
    """Say whether any group chooses networks."""
    return any(placed.config.spec.networks for placed in placed_groups(spec))


def failure_domains(scene: Scene) -> Findings:
    """Everything that a failure domain names is there; nothing of it is made.

    That names are unique and that groups name one of them, the specification's rules say.
    """
    for domain in datacenter_of(scene.spec).spec.failure_domains:
        target = f"{DATACENTER}.failureDomains[{domain.name}]"
        for kind, field, path in (
            (Inventory.COMPUTE_CLUSTER, "computeCluster", domain.compute_cluster),
            (Inventory.RESOURCE_POOL, "resourcePool", domain.resource_pool),
            (Inventory.DATASTORE, "datastore", domain.datastore),
            (Inventory.FOLDER, "folder", domain.folder),
            (Inventory.NETWORK, "network", domain.network),
        ):
            yield from exactly_one(scene, kind, path, f"{target}.{field}")
        yield from _of_its_cluster(scene, domain, target)


def _of_its_cluster(scene: Scene, domain: FailureDomain, target: str) -> Findings:
    cluster = only(scene, Inventory.COMPUTE_CLUSTER, domain.compute_cluster)
    pool = only(scene, Inventory.RESOURCE_POOL, domain.resource_pool)
    if cluster is not None and pool is not None and pool.owner != cluster.path:
        yield block(
            f"{target}.resourcePool",
            f"{pool.path} is a pool of {pool.owner}, not of {cluster.path}",
            f"choose a pool of the compute cluster: govc find {cluster.path} -type p",
            Owner.SPEC_AUTHOR,
        )


def placement(scene: Scene) -> Findings:
    """Every host that a group's machines may be put on has their datastore and networks."""
    told: set[tuple[str, str]] = set()
    for placed in placed_groups(scene.spec):
        cluster = _compute(scene, placed)
        if cluster is None:
            continue
        if not cluster.reaches:
            if (cluster.path, "") not in told:
                told.add((cluster.path, ""))
                yield _unseen(cluster)
            continue
        for thing in _used(scene, placed):
            if thing.path not in cluster.reaches and (cluster.path, thing.path) not in told:
                told.add((cluster.path, thing.path))
                yield _unreached(placed, cluster, thing)


def _compute(scene: Scene, placed: Placed) -> InventoryObject | None:
    """Return the cluster that the group's pool belongs to; None for a host without one."""
    pool = only(scene, Inventory.RESOURCE_POOL, placed.resource_pool)
    return only(scene, Inventory.COMPUTE_CLUSTER, pool.owner) if pool and pool.owner else None


def _used(scene: Scene, placed: Placed) -> Iterable[InventoryObject]:
    yield from each_only(scene, Inventory.DATASTORE, (placed.datastore,))
    yield from each_only(scene, Inventory.NETWORK, placed.networks)


def _unseen(cluster: InventoryObject) -> Finding:
    """A user with no rights on hosts does not see them, and may make machines all the same."""
    return warn(
        cluster.path,
        "it shows no host that has a datastore or a network, so what machines reach there cannot"
        " be seen",
        f"govc find '{cluster.path}' -type h lists its hosts as the user sees them; add hosts where"
        " there are none, or give the user Read-only on the cluster",
        Owner.VSPHERE,
    )


def _unreached(placed: Placed, cluster: InventoryObject, thing: InventoryObject) -> Finding:
    is_store = thing.kind is Inventory.DATASTORE
    remedy = (
        f"mount it on the hosts of {cluster.path}: `govc datastore.info '{thing.path}'` shows those"
        " that have it"
        if is_store
        else f"add the hosts of {cluster.path} to its switch: Networking > Add and Manage Hosts"
    )
    return block(
        thing.path,
        f"machines of {placed.group.name} go to {cluster.path}, which does not reach this"
        f" {thing.kind}: not every host of it has it",
        f"{remedy}; or choose another {thing.kind} or resource pool",
        Owner.VSPHERE,
    )

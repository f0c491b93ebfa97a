"""Who manages a cluster's machines right now: looked up in the world, never remembered.

Whoever manages them is the only one that can delete them without leaving any behind, so a delete
begins with this question and asks it again after every interruption.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import ref_of
from bedplate.capi.commit import read_commit
from bedplate.capi.managing import manager_silent
from bedplate.capi.restore import copy_exists, move_begun, vault_copy, vault_moving, was_moved
from bedplate.engine.phase import Waiting
from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.phases.bootstrap import STAMP_REF
from bedplate.phases.managed.manager import managed_cluster
from bedplate.ports.bootstrap import BootstrapState
from bedplate.ports.kube import Kube, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import VirtualMachine
from bedplate.providers import provider_of

PURPOSE: Mapping[str, str] = {"for": "delete"}
"""What the stamp of a bootstrap cluster says that was made for a deletion."""

WHOLE = (BootstrapState.RUNNING, BootstrapState.STOPPED)


class Ownership(enum.Enum):
    """Who manages the machines; the text is for people, with the clusters' names in braces."""

    ITSELF = "{cluster} manages itself"
    BOOTSTRAP = "its bootstrap cluster manages {cluster}"
    MANAGER = "{manager} manages {cluster}"
    COPY = "the bootstrap cluster of {cluster} is lost; its objects are in the saved copy"
    NOBODY = "there is no {cluster} and no machine of it"


def find_owner(tools: Tools) -> Ownership | Waiting:
    """Return who manages the machines; `Waiting` while a bootstrap cluster has to answer first.

    One that was never finished has nothing in it, so it is as good as none.
    Raises TemporaryError CLUSTER_SILENT or MANAGER_SILENT where only a cluster that does not answer
    can tell, PermanentError MACHINES_UNKNOWN where machines exist that nobody can be found to
    manage.
    """
    if not tools.spec.self_managed:
        return _find_manager(tools)
    bootstrap = tools.kube(Side.BOOTSTRAP)
    answers = bootstrap.reach() is Reach.ANSWERS
    if not answers and tools.ports.bootstrap.state(bootstrap_name(tools)) in WHOLE:
        return Waiting(
            "the bootstrap cluster's API server", {"kind cluster": bootstrap_name(tools)}
        )
    managed = live_cluster(bootstrap, tools) if answers else None
    moved_back = answers and read_commit(bootstrap, tools.spec.name) is not None
    if managed is not None and moved_back:
        return Ownership.BOOTSTRAP
    machines = virtual_machines(tools)
    if not machines and managed is None and tools.kube(Side.CLUSTER).reach() is not Reach.ANSWERS:
        return Ownership.NOBODY  # an API server without a machine cannot answer any more
    if moved_back:
        return _left_behind(tools, machines)
    if _manages_itself(tools, machines, known=managed is not None):
        return Ownership.ITSELF
    if managed is not None:
        return Ownership.BOOTSTRAP
    return _left_behind(tools, machines)


def _find_manager(tools: Tools) -> Ownership:
    kube, machines = tools.kube(Side.MANAGEMENT), virtual_machines(tools)
    reach = kube.reach()
    if reach is Reach.SILENT or (reach is Reach.ABSENT and machines):
        raise manager_silent(tools.spec)
    if reach is Reach.ABSENT:
        return Ownership.NOBODY
    if managed_cluster(kube, tools.spec) is not None:
        return Ownership.MANAGER
    if machines:
        raise _unmanaged(tools, machines)
    return Ownership.NOBODY


def is_gone(tools: Tools) -> bool:
    """Say whether nobody manages the cluster and no machine of it is left; raises as above."""
    return find_owner(tools) is Ownership.NOBODY


def is_left_over(tools: Tools) -> bool:
    """Say whether the cluster has moved away from the bootstrap cluster that is there."""
    bootstrap = tools.kube(Side.BOOTSTRAP)
    if bootstrap.reach() is not Reach.ANSWERS:
        return False
    stamp = bootstrap.get(STAMP_REF)
    if stamp is None or PURPOSE.items() <= objects.mapping(stamp, "data").items():
        return False
    return find_owner(tools) is Ownership.ITSELF


def live_cluster(kube: Kube, tools: Tools) -> Manifest | None:
    """Return the Cluster as one side has it, or None."""
    return kube.get(ref_of(kinds.CLUSTER, tools.spec.name))


def virtual_machines(tools: Tools) -> Sequence[VirtualMachine]:
    """Return the cluster's machines as the infrastructure has them."""
    return provider_of(tools.spec).virtual_machines(tools)


def bootstrap_name(tools: Tools) -> str:
    """Return the name of the KinD cluster."""
    return names.bootstrap_cluster(tools.spec.name)


def _left_behind(tools: Tools, machines: Sequence[VirtualMachine]) -> Ownership:
    if not machines:
        return Ownership.NOBODY
    if copy_exists(tools):
        return Ownership.COPY
    raise _unknown(tools, machines)


def _manages_itself(tools: Tools, machines: Sequence[VirtualMachine], *, known: bool) -> bool:
    """Ask the cluster; raises where it cannot be asked and may be the one.

    A move that is done may be of an earlier life of the name: where the machines are `known` to a
    bootstrap cluster, or a copy of its objects is kept, it says nothing.
    """
    reach = tools.kube(Side.CLUSTER).reach()
    under_way = tools.ports.vault.get(vault_moving(tools.spec.name)) is not None
    lost = move_begun(tools) and not known and not copy_exists(tools)
    if (reach is Reach.SILENT and move_begun(tools)) or (
        reach is Reach.ABSENT and (under_way or lost)
    ):
        raise _silent(tools, machines)
    return was_moved(tools)


def _silent(tools: Tools, machines: Sequence[VirtualMachine]) -> TemporaryError:
    name = tools.spec.name
    return TemporaryError(
        "CLUSTER_SILENT",
        f"the API server of {name} at {tools.spec.endpoint} does not answer, and"
        f" {_listed(machines)} exist",
        why="it manages its own machines: without it nobody knows which disks and objects belong to"
        " them, so nothing is deleted",
        remedy="bring its API server back (or its kubeconfig, to the vault's"
        f" {names.vault_kubeconfig(name)!r}), then resume. Where it is lost for good: destroy these"
        " virtual machines in vCenter, then run the same command again; it removes the rest",
        owner=Owner.PLATFORM,
    )


def _unknown(tools: Tools, machines: Sequence[VirtualMachine]) -> PermanentError:
    name = tools.spec.name
    return PermanentError(
        "MACHINES_UNKNOWN",
        f"{_listed(machines)} of {name} exist, but neither {name} nor a bootstrap cluster manages"
        f" them, and the vault has no {vault_copy(name)!r}",
        why="a controller that does not know them cannot delete them, and would order others",
        remedy=f"where {name} does run: put its kubeconfig into the vault's"
        f" {names.vault_kubeconfig(name)!r}. Else destroy these virtual machines in vCenter. Then"
        " run the same command again",
        owner=Owner.VSPHERE,
    )


def _unmanaged(tools: Tools, machines: Sequence[VirtualMachine]) -> PermanentError:
    name, manager = tools.spec.name, tools.spec.management_cluster
    return PermanentError(
        "MACHINES_UNKNOWN",
        f"{_listed(machines)} of {name} exist, but {manager} knows no cluster {name}",
        why="a controller that does not know them cannot delete them",
        remedy=f"see whether {name} is managed by another cluster than {manager}. Else destroy"
        " these virtual machines in vCenter, then run the same command again",
        owner=Owner.VSPHERE,
    )


def _listed(machines: Sequence[VirtualMachine]) -> str:
    found = ", ".join(machine.name for machine in machines)
    return f"{len(machines)} machines ({found})" if machines else "machines may"

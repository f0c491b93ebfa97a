"""Every operation as a table: start reading here.

A row is a step: its name, its phase, and the steps it runs after. Steps that do not need each other
run side by side. A table that contradicts itself fails when this module is imported.
"""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.capi.restore import save_copy
from bedplate.engine.operation import Operation
from bedplate.errors import BadInput, Owner
from bedplate.phases.bootstrap import Bootstrap
from bedplate.phases.cluster_config import WriteConfig
from bedplate.phases.cluster_objects import ClusterObjects
from bedplate.phases.control_plane import ControlPlane
from bedplate.phases.crds import InstallCrds
from bedplate.phases.deletion.bootstrap import BootstrapForDelete
from bedplate.phases.deletion.files import ForgetFiles
from bedplate.phases.deletion.gitops import RemoveFromGit
from bedplate.phases.deletion.infrastructure import RemoveInfrastructure
from bedplate.phases.deletion.inventory import ProveEmpty
from bedplate.phases.deletion.locate import Locate
from bedplate.phases.deletion.machines import DeleteMachines
from bedplate.phases.deletion.pivot_back import PivotBack
from bedplate.phases.deletion.providers import ProvidersForDelete
from bedplate.phases.deletion.secrets import SecretsForDelete
from bedplate.phases.deletion.teardown import TeardownForDelete
from bedplate.phases.gitops import GitOps
from bedplate.phases.networking import Networking
from bedplate.phases.packages import Packages
from bedplate.phases.pivot import Pivot
from bedplate.phases.preflight import Preflight
from bedplate.phases.provider_setup import ProviderSetup
from bedplate.phases.providers import InstallProviders
from bedplate.phases.secrets import Secrets
from bedplate.phases.storage import Storage
from bedplate.phases.teardown import Teardown
from bedplate.phases.workers import Workers
from bedplate.ports.kube import Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

BOOTSTRAP, CLUSTER = Side.BOOTSTRAP, Side.CLUSTER


def keep_bootstrap_objects(tools: Tools) -> None:
    """Save the bootstrap cluster's Cluster API objects, should that cluster be lost."""
    save_copy(tools, BOOTSTRAP)


CREATE = Operation(
    "create",
    steps=(
        # step             phase                           runs after
        ("preflight",       Preflight(),                    ""),
        ("bootstrap",       Bootstrap(),                    "preflight"),
        ("providers",       InstallProviders(BOOTSTRAP),    "bootstrap"),
        ("provider-setup",  ProviderSetup(BOOTSTRAP),       "providers"),
        ("control-plane",   ControlPlane(BOOTSTRAP),        "provider-setup"),
        ("networking",      Networking(CLUSTER),            "control-plane"),
        ("workers",         Workers(BOOTSTRAP),             "control-plane networking"),
        ("storage",         Storage(CLUSTER),               "workers"),
        ("own-providers",   InstallProviders(CLUSTER),      "networking"),
        ("secrets",         Secrets(CLUSTER),               "own-providers"),
        ("pivot",           Pivot(BOOTSTRAP, CLUSTER),      "secrets workers"),
        ("crds",            InstallCrds(CLUSTER),           "pivot"),
        ("cluster-objects", ClusterObjects(CLUSTER),        "crds"),
        ("gitops",          GitOps(CLUSTER),                "cluster-objects"),
        ("cluster-config",  WriteConfig(),                  "cluster-objects"),
        ("teardown",        Teardown(BOOTSTRAP),            "pivot cluster-config"),
        ("packages",        Packages(CLUSTER),              "cluster-objects"),
    ),
    one_way="pivot",
    keep=keep_bootstrap_objects,
)  # fmt: skip

DELETE = Operation(
    "delete",
    steps=(
        # step             phase                           runs after
        ("locate",          Locate(),                       ""),
        ("bootstrap",       BootstrapForDelete(),           "locate"),
        ("providers",       ProvidersForDelete(),           "bootstrap"),
        ("secrets",         SecretsForDelete(),             "providers"),
        ("pivot",           PivotBack(),                    "secrets"),
        ("machines",        DeleteMachines(),               "pivot"),
        ("gitops",          RemoveFromGit(),                "machines"),
        ("infrastructure",  RemoveInfrastructure(),         "machines"),
        ("teardown",        TeardownForDelete(),            "machines"),
        ("files",           ForgetFiles(),                  "gitops infrastructure teardown"),
        ("inventory",       ProveEmpty(),                   "gitops infrastructure teardown files"),
    ),
    one_way="pivot",
    keep=keep_bootstrap_objects,
    takes_over=frozenset({"create"}),
    settled="nothing is left of {cluster}",
)  # fmt: skip

OPERATIONS: Mapping[str, Operation] = {one.name: one for one in (CREATE, DELETE)}


MANAGED: Mapping[str, Operation] = {}
"""What a verb means for a cluster that another one manages, where that differs."""


def operation_for(verb: str, spec: ClusterSpec) -> Operation:
    """Return the operation that a verb means for a cluster; raises BadInput OPERATION_UNKNOWN."""
    usual = operation_named(verb)
    return usual if spec.self_managed else MANAGED.get(verb, usual)


def steps_of(verb: str) -> tuple[str, ...]:
    """Return the names of the steps that a verb may mean, each once."""
    tables = (one for one in OPERATIONS.values() if one.verb == verb)
    return tuple(dict.fromkeys(step.name for table in tables for step in table.steps))


def operation_named(name: str) -> Operation:
    """Return an operation; raises BadInput OPERATION_UNKNOWN."""
    if name not in OPERATIONS:
        raise BadInput(
            "OPERATION_UNKNOWN",
            f"there is no operation {name!r}",
            why=f"there are {', '.join(sorted(OPERATIONS))}",
            remedy="choose one of these",
            owner=Owner.PLATFORM,
        )
    return OPERATIONS[name]

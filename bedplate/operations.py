"""Every operation as a table: start reading here.

A row is a step: its name, its phase, and the steps it runs after. Steps that do not need each other
run side by side. A table that contradicts itself fails when this module is imported. The tables of
clusters that others manage are in `bedplate/managed_operations.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from bedplate import facts
from bedplate.capi.restore import save_copy
from bedplate.engine.operation import Operation
from bedplate.errors import BadInput, Owner
from bedplate.managed_operations import (
    BACKUP_MANAGED,
    CREATE_MANAGED,
    DELETE_MANAGED,
    RENEW_MANAGED,
    SCALE_MANAGED,
    UPGRADE_MANAGED,
)
from bedplate.phases.adoption.inspect import InspectCluster
from bedplate.phases.adoption.kubeconfig import TakeKubeconfig
from bedplate.phases.adoption.machines import FindControlPlane, FindSetup, FindWorkers
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
from bedplate.phases.kubeconfig import fetch_newer_kubeconfig
from bedplate.phases.networking import Networking
from bedplate.phases.packages import Packages
from bedplate.phases.pivot import Pivot
from bedplate.phases.preflight import Preflight
from bedplate.phases.provider_setup import ProviderSetup
from bedplate.phases.providers import InstallProviders
from bedplate.phases.renewal.control_plane import RenewControlPlane
from bedplate.phases.renewal.external_etcd import RenewEtcd
from bedplate.phases.renewal.post_checks import CheckRenewed, UnpauseRenewed
from bedplate.phases.renewal.preflight import RenewPreflight
from bedplate.phases.restoration.data import ReplaceData
from bedplate.phases.restoration.post_checks import CheckRestored
from bedplate.phases.restoration.preflight import RestorePreflight
from bedplate.phases.restoration.start import StartMembers
from bedplate.phases.restoration.stop import StopMembers
from bedplate.phases.rotation.in_use import UseNewLogin
from bedplate.phases.rotation.login import CheckNewLogin
from bedplate.phases.rotation.restart import RestartReaders
from bedplate.phases.rotation.secrets import RotateSecrets
from bedplate.phases.rotation.vault import KeepNewLogin
from bedplate.phases.secrets import Secrets
from bedplate.phases.storage import Storage
from bedplate.phases.teardown import Teardown
from bedplate.phases.upgrade.backup import KeepBackup
from bedplate.phases.upgrade.components import UpgradeCrds, UpgradeProviders, UpgradeSetup
from bedplate.phases.upgrade.control_plane import RollControlPlane
from bedplate.phases.upgrade.external_etcd import RollEtcd
from bedplate.phases.upgrade.networking import UpgradeNetworking
from bedplate.phases.upgrade.objects import CommitObjects, RewriteConfig, WriteObjects
from bedplate.phases.upgrade.pause import Pause, Unpause
from bedplate.phases.upgrade.post_checks import CheckAfterwards
from bedplate.phases.upgrade.preflight import ScalePreflight, UpgradePreflight
from bedplate.phases.upgrade.workers import RollWorkers
from bedplate.phases.workers import Workers
from bedplate.ports.kube import Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

BOOTSTRAP, CLUSTER, MANAGEMENT = Side.BOOTSTRAP, Side.CLUSTER, Side.MANAGEMENT
COMPONENTS, NETWORK = (facts.CLUSTER_PROVIDERS, facts.CRDS), facts.NETWORKING


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
        ("crds",            InstallCrds(CLUSTER),           "own-providers"),
        ("cluster-objects", ClusterObjects(CLUSTER),        "crds pivot"),
        ("gitops",          GitOps(CLUSTER),                "cluster-objects"),
        ("cluster-config",  WriteConfig(),                  "cluster-objects"),
        ("teardown",        Teardown(BOOTSTRAP),            "pivot cluster-config"),
        ("packages",        Packages(CLUSTER),              "cluster-objects"),
    ),
    one_way="pivot",
    keep=keep_bootstrap_objects,
    makes=True,
    waits_for=frozenset({"upgrade", "scale", "renew-certificates"}),
)  # fmt: skip

# What comes after a step does not prove it here, as in a create: each step's check asks for the
# facts of those before it, and whatever changes the cluster stands behind the pause.
UPGRADE = Operation(
    "upgrade",
    steps=(
        # step             phase                           runs after
        ("preflight",       UpgradePreflight(CLUSTER),      ""),
        ("backup",          KeepBackup(CLUSTER),            "preflight"),
        ("pause",           Pause(CLUSTER),                 "backup"),
        ("providers",       UpgradeProviders(CLUSTER),      "pause"),
        ("crds",            UpgradeCrds(CLUSTER),           "pause providers"),
        ("provider-setup",  UpgradeSetup(CLUSTER),          "pause providers"),
        ("external-etcd",   RollEtcd(CLUSTER, *COMPONENTS), "pause crds provider-setup"),
        ("control-plane",   RollControlPlane(CLUSTER),      "pause external-etcd"),
        ("networking",      UpgradeNetworking(CLUSTER),     "pause control-plane"),
        ("workers",         RollWorkers(CLUSTER, NETWORK),  "pause networking"),
        ("post-checks",     CheckAfterwards(CLUSTER),       "workers"),
        ("cluster-objects", WriteObjects(CLUSTER),          "pause post-checks"),
        ("gitops",          CommitObjects(CLUSTER),         "pause cluster-objects"),
        ("cluster-config",  RewriteConfig(),                "cluster-objects"),
        ("unpause",         Unpause(CLUSTER),               "gitops cluster-config"),
    ),
    prepare=fetch_newer_kubeconfig,
    always="pause",
    waits_for=frozenset({"create", "scale", "renew-certificates"}),
)  # fmt: skip

SCALE = Operation(
    "scale",
    steps=(
        # step             phase                           runs after
        ("preflight",       ScalePreflight(CLUSTER),        ""),
        ("pause",           Pause(CLUSTER),                 "preflight"),
        ("provider-setup",  UpgradeSetup(CLUSTER),          "pause"),
        ("external-etcd",   RollEtcd(CLUSTER),              "pause provider-setup"),
        ("control-plane",   RollControlPlane(CLUSTER),      "pause external-etcd"),
        ("workers",         RollWorkers(CLUSTER),           "pause control-plane"),
        ("post-checks",     CheckAfterwards(CLUSTER),       "workers"),
        ("cluster-objects", WriteObjects(CLUSTER),          "pause post-checks"),
        ("gitops",          CommitObjects(CLUSTER),         "pause cluster-objects"),
        ("cluster-config",  RewriteConfig(),                "cluster-objects"),
        ("unpause",         Unpause(CLUSTER),               "gitops cluster-config"),
    ),
    prepare=fetch_newer_kubeconfig,
    always="pause",
    waits_for=frozenset({"create", "upgrade", "renew-certificates"}),
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
        ("machines",        DeleteMachines(BOOTSTRAP),      "pivot"),
        ("gitops",          RemoveFromGit(),                "machines"),
        ("infrastructure",  RemoveInfrastructure(),         "machines"),
        ("teardown",        TeardownForDelete(),            "machines"),
        ("files",           ForgetFiles(),                  "gitops infrastructure teardown"),
        ("inventory",       ProveEmpty(),                   "gitops infrastructure teardown files"),
    ),
    one_way="pivot",
    keep=keep_bootstrap_objects,
    takes_over=frozenset(
        {
            "create",
            "upgrade",
            "scale",
            "renew-certificates",
            "rotate-credentials",
            "adopt",
            "backup",
            "restore",
        }
    ),
    settled="nothing is left of {cluster}",
)  # fmt: skip

# Machines of the same specification: nothing is rendered, so nothing of it is half-way either.
RENEW = Operation(
    "renew-certificates",
    steps=(
        # step             phase                           runs after
        ("preflight",       RenewPreflight(CLUSTER),        ""),
        ("pause",           Pause(CLUSTER),                 "preflight"),
        ("external-etcd",   RenewEtcd(CLUSTER),             "pause"),
        ("control-plane",   RenewControlPlane(CLUSTER),     "pause external-etcd"),
        ("post-checks",     CheckRenewed(CLUSTER),          "control-plane"),
        ("unpause",         UnpauseRenewed(CLUSTER),        "post-checks"),
    ),
    prepare=fetch_newer_kubeconfig,
    always="pause",
    settled="the certificates of {cluster} are new",
    waits_for=frozenset({"create", "upgrade", "scale"}),
)  # fmt: skip

ROTATE_CREDENTIALS = Operation(
    "rotate-credentials",
    steps=(
        # step             phase                           runs after
        ("preflight",       CheckNewLogin(),                ""),
        ("vault",           KeepNewLogin(),                 "preflight"),
        ("secrets",         RotateSecrets(),                "vault"),
        ("restart",         RestartReaders(),               "secrets"),
        ("in-use",          UseNewLogin(),                  "restart"),
    ),
    prepare=fetch_newer_kubeconfig,
    settled="{cluster} uses the credentials of the vault",
    waits_for=frozenset({"create", "create-managed", "upgrade", "scale", "restore"}),
)  # fmt: skip

BACKUP = Operation(
    "backup",
    steps=(
        # step             phase                           runs after
        ("backup",          KeepBackup(CLUSTER, "backup"),  ""),
    ),
    prepare=fetch_newer_kubeconfig,
    settled="{cluster} has a new backup",
    waits_for=frozenset({"create", "restore"}),
)  # fmt: skip

# What changes a cluster has become pointless when its objects are those of before: a restore ends
# it. A rotation has not, but its Secrets are the old ones again, so it is run again afterwards.
RESTORE = Operation(
    "restore",
    steps=(
        # step             phase                           runs after
        ("preflight",       RestorePreflight(),             ""),
        ("stop",            StopMembers(),                  "preflight"),
        ("data",            ReplaceData(),                  "stop"),
        ("start",           StartMembers(),                 "data"),
        ("post-checks",     CheckRestored(),                "start"),
    ),
    one_way="data",
    takes_over=frozenset(
        {
            "upgrade",
            "scale",
            "renew-certificates",
            "backup",
            "upgrade-managed",
            "scale-managed",
            "renew-certificates-managed",
            "backup-managed",
        }
    ),
    settled="{cluster} has the data of its backup",
    waits_for=frozenset({"create", "create-managed"}),
)  # fmt: skip

ADOPT = Operation(
    "adopt",
    steps=(
        # step             phase                           runs after
        ("kubeconfig",      TakeKubeconfig(),               ""),
        ("inspect",         InspectCluster(),               "kubeconfig"),
        ("provider-setup",  FindSetup(),                    "inspect"),
        ("control-plane",   FindControlPlane(),             "provider-setup"),
        ("workers",         FindWorkers(),                  "control-plane"),
    ),
    settled="{cluster} is under management",
    waits_for=frozenset(
        {
            "create",
            "create-managed",
            "upgrade",
            "scale",
            "renew-certificates",
            "rotate-credentials",
            "restore",
        }
    ),
)  # fmt: skip

OF_A_CLUSTER = (
    CREATE,
    UPGRADE,
    SCALE,
    BACKUP,
    RESTORE,
    DELETE,
    RENEW,
    ROTATE_CREDENTIALS,
    ADOPT,
)
OF_A_MANAGED_ONE = (
    CREATE_MANAGED,
    UPGRADE_MANAGED,
    SCALE_MANAGED,
    BACKUP_MANAGED,
    DELETE_MANAGED,
    RENEW_MANAGED,
)

OPERATIONS: Mapping[str, Operation] = {one.name: one for one in (*OF_A_CLUSTER, *OF_A_MANAGED_ONE)}
MANAGED: Mapping[str, Operation] = {one.verb: one for one in OF_A_MANAGED_ONE}
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

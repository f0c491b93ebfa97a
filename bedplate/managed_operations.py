"""The operations on a cluster that another one manages, as tables (`bedplate/operations.py`).

There is no bootstrap cluster and no pivot, only the other side. The cluster's own objects are last:
whether it is still there is seen on the management cluster, not in files.
"""

from __future__ import annotations

from bedplate import facts
from bedplate.engine.operation import Operation
from bedplate.phases.cluster_config import WriteConfig
from bedplate.phases.cluster_objects import ClusterObjects
from bedplate.phases.control_plane import ControlPlane
from bedplate.phases.deletion.files import ForgetFiles
from bedplate.phases.deletion.gitops import RemoveFromGit
from bedplate.phases.deletion.infrastructure import RemoveInfrastructure
from bedplate.phases.deletion.inventory import ProveEmpty
from bedplate.phases.deletion.locate import Locate
from bedplate.phases.kubeconfig import fetch_newer_kubeconfig
from bedplate.phases.managed.claim import ClaimName
from bedplate.phases.managed.gitops import CommitToGit
from bedplate.phases.managed.machines import DeleteManagedMachines
from bedplate.phases.managed.objects import RemoveObjects
from bedplate.phases.networking import Networking
from bedplate.phases.preflight import Preflight
from bedplate.phases.provider_setup import ProviderSetup
from bedplate.phases.renewal.control_plane import RenewControlPlane
from bedplate.phases.renewal.external_etcd import RenewEtcd
from bedplate.phases.renewal.post_checks import CheckRenewed, UnpauseRenewed
from bedplate.phases.renewal.preflight import RenewPreflight
from bedplate.phases.storage import Storage
from bedplate.phases.upgrade.backup import KeepBackup
from bedplate.phases.upgrade.components import UpgradeSetup
from bedplate.phases.upgrade.control_plane import RollControlPlane
from bedplate.phases.upgrade.external_etcd import RollEtcd
from bedplate.phases.upgrade.networking import UpgradeNetworking
from bedplate.phases.upgrade.objects import CommitManaged, RewriteConfig, WriteObjects
from bedplate.phases.upgrade.pause import Pause, Unpause
from bedplate.phases.upgrade.post_checks import CheckAfterwards
from bedplate.phases.upgrade.preflight import ScalePreflight, UpgradePreflight
from bedplate.phases.upgrade.workers import RollWorkers
from bedplate.phases.workers import Workers
from bedplate.ports.kube import Side

CLUSTER, MANAGEMENT = Side.CLUSTER, Side.MANAGEMENT
NETWORK = facts.NETWORKING

CREATE_MANAGED = Operation(
    "create-managed",
    verb="create",
    steps=(
        # step             phase                           runs after
        ("preflight",       Preflight(),                    ""),
        ("claim",           ClaimName(),                    "preflight"),
        ("provider-setup",  ProviderSetup(MANAGEMENT),      "claim"),
        ("control-plane",   ControlPlane(MANAGEMENT),       "provider-setup"),
        ("networking",      Networking(CLUSTER),            "control-plane"),
        ("workers",         Workers(MANAGEMENT),            "control-plane networking"),
        ("storage",         Storage(CLUSTER),               "workers"),
        ("cluster-config",  WriteConfig(),                  "workers"),
        ("cluster-objects", ClusterObjects(MANAGEMENT),     "workers"),
        ("gitops",          CommitToGit(),                  "workers"),
    ),
    makes=True,
    waits_for=frozenset({"upgrade-managed", "scale-managed", "renew-certificates-managed"}),
)  # fmt: skip

UPGRADE_MANAGED = Operation(
    "upgrade-managed",
    verb="upgrade",
    steps=(
        # step             phase                           runs after
        ("preflight",       UpgradePreflight(MANAGEMENT),   ""),
        ("backup",          KeepBackup(MANAGEMENT),         "preflight"),
        ("pause",           Pause(MANAGEMENT),              "backup"),
        ("provider-setup",  UpgradeSetup(MANAGEMENT),       "pause"),
        ("external-etcd",   RollEtcd(MANAGEMENT),           "pause provider-setup"),
        ("control-plane",   RollControlPlane(MANAGEMENT),   "pause external-etcd"),
        ("networking",      UpgradeNetworking(CLUSTER),     "pause control-plane"),
        ("workers",         RollWorkers(MANAGEMENT, NETWORK), "pause networking"),
        ("post-checks",     CheckAfterwards(MANAGEMENT),    "workers"),
        ("cluster-objects", WriteObjects(MANAGEMENT),       "pause post-checks"),
        ("gitops",          CommitManaged(),                "pause cluster-objects"),
        ("cluster-config",  RewriteConfig(),                "cluster-objects"),
        ("unpause",         Unpause(MANAGEMENT),            "gitops cluster-config"),
    ),
    prepare=fetch_newer_kubeconfig,
    always="pause",
    waits_for=frozenset({"create-managed", "scale-managed", "renew-certificates-managed"}),
)  # fmt: skip

SCALE_MANAGED = Operation(
    "scale-managed",
    verb="scale",
    steps=(
        # step             phase                           runs after
        ("preflight",       ScalePreflight(MANAGEMENT),     ""),
        ("pause",           Pause(MANAGEMENT),              "preflight"),
        ("provider-setup",  UpgradeSetup(MANAGEMENT),       "pause"),
        ("external-etcd",   RollEtcd(MANAGEMENT),           "pause provider-setup"),
        ("control-plane",   RollControlPlane(MANAGEMENT),   "pause external-etcd"),
        ("workers",         RollWorkers(MANAGEMENT),        "pause control-plane"),
        ("post-checks",     CheckAfterwards(MANAGEMENT),    "workers"),
        ("cluster-objects", WriteObjects(MANAGEMENT),       "pause post-checks"),
        ("gitops",          CommitManaged(),                "pause cluster-objects"),
        ("cluster-config",  RewriteConfig(),                "cluster-objects"),
        ("unpause",         Unpause(MANAGEMENT),            "gitops cluster-config"),
    ),
    prepare=fetch_newer_kubeconfig,
    always="pause",
    waits_for=frozenset({"create-managed", "upgrade-managed", "renew-certificates-managed"}),
)  # fmt: skip

RENEW_MANAGED = Operation(
    "renew-certificates-managed",
    verb="renew-certificates",
    steps=(
        # step             phase                           runs after
        ("preflight",       RenewPreflight(MANAGEMENT),     ""),
        ("pause",           Pause(MANAGEMENT),              "preflight"),
        ("external-etcd",   RenewEtcd(MANAGEMENT),          "pause"),
        ("control-plane",   RenewControlPlane(MANAGEMENT),  "pause external-etcd"),
        ("post-checks",     CheckRenewed(MANAGEMENT),       "control-plane"),
        ("unpause",         UnpauseRenewed(MANAGEMENT),     "post-checks"),
    ),
    prepare=fetch_newer_kubeconfig,
    always="pause",
    settled="the certificates of {cluster} are new",
    waits_for=frozenset({"create-managed", "upgrade-managed", "scale-managed"}),
)  # fmt: skip

BACKUP_MANAGED = Operation(
    "backup-managed",
    verb="backup",
    steps=(
        # step             phase                           runs after
        ("backup",          KeepBackup(MANAGEMENT, "backup"), ""),
    ),
    prepare=fetch_newer_kubeconfig,
    settled="{cluster} has a new backup",
    waits_for=frozenset({"create-managed", "restore"}),
)  # fmt: skip

DELETE_MANAGED = Operation(
    "delete-managed",
    verb="delete",
    steps=(
        # step             phase                           runs after
        ("locate",          Locate(),                       ""),
        ("machines",        DeleteManagedMachines(),        "locate"),
        ("objects",         RemoveObjects(),                "machines"),
        ("gitops",          RemoveFromGit(),                "machines"),
        ("infrastructure",  RemoveInfrastructure(),         "machines"),
        ("files",           ForgetFiles(),                  "objects gitops infrastructure"),
        ("inventory",       ProveEmpty(),                   "objects gitops infrastructure files"),
    ),
    one_way="machines",
    takes_over=frozenset(
        {
            "create-managed",
            "upgrade-managed",
            "scale-managed",
            "renew-certificates-managed",
            "rotate-credentials",
            "backup-managed",
            "restore",
        }
    ),
    settled="nothing is left of {cluster}",
)  # fmt: skip

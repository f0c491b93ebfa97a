"""What each phase leaves for later ones once it has settled, and the key it is known by."""

from __future__ import annotations

from bedplate.fact import Fact, Key


class Machine(Fact):
    """A machine of a cluster: its Cluster API name, its virtual machine, its node, its address."""

    name: str
    provider_id: str
    node: str
    address: str = ""


class Preflight(Fact):
    """The checks that passed, in the order they ran, and the warnings they gave."""

    passed: tuple[str, ...]
    warnings: tuple[str, ...] = ()


class BootstrapCluster(Fact):
    """The throw-away KinD cluster."""

    name: str


class Providers(Fact):
    """The Cluster API providers of one cluster, as `name@version`."""

    providers: tuple[str, ...]


class ProviderSetup(Fact):
    """What the infrastructure got before the first machine."""

    folders: tuple[str, ...]
    secrets: tuple[str, ...]
    ssh_key: str | None = None
    templates: tuple[str, ...] = ()


class ControlPlane(Fact):
    """The control plane and its external etcd; a new cluster's machines may not have nodes yet."""

    endpoint: str
    kubeconfig: str
    machines: tuple[Machine, ...]
    etcd: tuple[str, ...] = ()


class Networking(Fact):
    """The container network interface."""

    plugin: str
    nodes_ready: int


class Workers(Fact):
    """The worker machines, each with a ready node."""

    machines: tuple[Machine, ...]


class Storage(Fact):
    """The storage class, or none where the specification asks for none."""

    storage_class: str | None


class Secrets(Fact):
    """The names of the secrets that the cluster's controllers read."""

    names: tuple[str, ...]


class Pivot(Fact):
    """The move of the Cluster API objects to the cluster itself."""

    move_id: str
    objects: int
    digest: str
    machines: tuple[str, ...]


class Crds(Fact):
    """The EKS Anywhere custom resource definitions and the controller that reads them."""

    names: tuple[str, ...]


class ClusterObjects(Fact):
    """The EKS Anywhere objects of the cluster, as `Kind/name`."""

    objects: tuple[str, ...]


class GitOps(Fact):
    """The repository that holds the cluster's configuration, or none."""

    repository: str | None
    path: str | None = None
    commit: str | None = None


class ClusterConfig(Fact):
    """The files written for the user."""

    files: tuple[str, ...]


class Teardown(Fact):
    """The bootstrap cluster that is no more."""

    removed: str


class Location(Fact):
    """Who managed a cluster when its deletion began, its machines, and volumes that stay."""

    owner: str
    machines: tuple[str, ...]
    volumes: tuple[str, ...] = ()


class Manager(Fact):
    """The management cluster of a managed cluster, and the claim of its name there."""

    name: str
    claim: str


class DeletedObjects(Fact):
    """What a delete removed from the management cluster, and what it left to others, and why."""

    removed: tuple[str, ...]
    kept: dict[str, str]


class DeletedMachines(Fact):
    """The machines that a delete has taken away."""

    names: tuple[str, ...]


class Infrastructure(Fact):
    """What a delete removed from the infrastructure, and what it left to others, and why."""

    removed: tuple[str, ...]
    kept: dict[str, str]


class ForgottenFiles(Fact):
    """The user's files and the vault's entries that a delete has removed."""

    names: tuple[str, ...]


class Item(Fact):
    """One line of an inventory; `why` says why it is there and may stay, empty: it is gone."""

    kind: str
    name: str
    why: str = ""


class Inventory(Fact):
    """Everything a cluster had, looked for after its deletion."""

    items: tuple[Item, ...]


class Backup(Fact):
    """What was kept of a cluster: the digest (SHA-256) of each file, by its name."""

    name: str
    files: dict[str, str]


class Pause(Fact):
    """The objects whose controllers leave them alone while a cluster is changed."""

    objects: tuple[str, ...]


class ExternalEtcd(Fact):
    """The members of external etcd, by their machines; none where etcd is on the control plane."""

    members: tuple[str, ...]


class PostChecks(Fact):
    """What a changed cluster was found to be: versions by node, certificates' ends by machine."""

    nodes: dict[str, str]
    etcd_members: int
    certificates: dict[str, str]


class Unpaused(Fact):
    """The cluster as its own controllers have it again."""

    objects: tuple[str, ...]


class RenewedMachines(Fact):
    """Machines that were made since a moment; the last certificate before ended at `former_end`."""

    since: str
    machines: tuple[str, ...]
    former_end: int = 0


class RenewedCertificates(Fact):
    """When the certificate ends that each server shows now, in Unix seconds."""

    ends: dict[str, int]


class Packages(Fact):
    """The curated-packages controller, or none where the specification disables it."""

    controller: str | None


class TakenKubeconfig(Fact):
    """The vault's name of the kubeconfig that a cluster was adopted with."""

    kubeconfig: str
    endpoint: str


class Inspected(Fact):
    """What an adoption found: versions, and what differs from the specification and may stay."""

    kubernetes: str
    machines: int
    differences: tuple[str, ...] = ()


class NewLogin(Fact):
    """The users whose new credentials were let in, and the checks that passed as the first."""

    users: tuple[str, ...]
    passed: tuple[str, ...] = ()


class KeptLogin(Fact):
    """The vault's names of the logins that count from now on."""

    names: tuple[str, ...]


class RotatedSecrets(Fact):
    """The Secrets that hold the new credentials, as `side namespace/name`."""

    names: tuple[str, ...]


class RestartedReaders(Fact):
    """The workloads that were started with the new credentials."""

    workloads: tuple[str, ...]


class LoginInUse(Fact):
    """The user that vCenter lets in, now that nothing of the old credentials is kept."""

    user: str


class RestoredMember(Fact):
    """A member of the restored etcd, and its machine as the infrastructure has it."""

    machine: str
    uuid: str
    addresses: tuple[str, ...]
    member: str
    peer: str


class RestorePlan(Fact):
    """Which backup is put back, under which id, with which members; `age` is in seconds."""

    id: str
    backup: str
    sha256: str
    members: tuple[RestoredMember, ...]
    age: float | None = None


class Members(Fact):
    """The control-plane machines where one step of a restore is done."""

    machines: tuple[str, ...]


class Restored(Fact):
    """What a cluster was found to be after a restore; nothing of it was deleted.

    `vanished` are machines that only the restored objects know, `unowned` virtual machines that
    they do not know; `changed` are the fields in which the specification is another than before,
    `paused` says whether the cluster stays paused, half-way in an upgrade.
    """

    nodes: tuple[str, ...]
    vanished: tuple[str, ...] = ()
    unowned: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    paused: bool = False


PREFLIGHT = Key("preflight", Preflight)
BOOTSTRAP = Key("bootstrap", BootstrapCluster)
BOOTSTRAP_PROVIDERS = Key("bootstrap-providers", Providers)
PROVIDER_SETUP = Key("provider-setup", ProviderSetup)
CONTROL_PLANE = Key("control-plane", ControlPlane)
NETWORKING = Key("networking", Networking)
WORKERS = Key("workers", Workers)
STORAGE = Key("storage", Storage)
CLUSTER_PROVIDERS = Key("cluster-providers", Providers)
SECRETS = Key("secrets", Secrets)
PIVOT = Key("pivot", Pivot)
CRDS = Key("crds", Crds)
CLUSTER_OBJECTS = Key("cluster-objects", ClusterObjects)
GITOPS = Key("gitops", GitOps)
CLUSTER_CONFIG = Key("cluster-config", ClusterConfig)
TEARDOWN = Key("teardown", Teardown)
PACKAGES = Key("packages", Packages)
BACKUP = Key("backup", Backup)
PAUSE = Key("pause", Pause)
EXTERNAL_ETCD = Key("external-etcd", ExternalEtcd)
POST_CHECKS = Key("post-checks", PostChecks)
UNPAUSED = Key("unpaused", Unpaused)
RENEWED_ETCD = Key("renewed-etcd", RenewedMachines)
RENEWED_CONTROL_PLANE = Key("renewed-control-plane", RenewedMachines)
RENEWED = Key("renewed", RenewedCertificates)
RESTORE_PLAN = Key("restore-plan", RestorePlan)
STOPPED_MEMBERS = Key("stopped-members", Members)
REPLACED_DATA = Key("replaced-data", Members)
STARTED_MEMBERS = Key("started-members", Members)
RESTORED = Key("restored", Restored)
LOCATION = Key("location", Location)
MANAGER = Key("manager", Manager)
DELETED_OBJECTS = Key("deleted-objects", DeletedObjects)
DELETED_MACHINES = Key("deleted-machines", DeletedMachines)
INFRASTRUCTURE = Key("infrastructure", Infrastructure)
FORGOTTEN_FILES = Key("forgotten-files", ForgottenFiles)
INVENTORY = Key("inventory", Inventory)
NEW_LOGIN = Key("new-login", NewLogin)
KEPT_LOGIN = Key("kept-login", KeptLogin)
ROTATED_SECRETS = Key("rotated-secrets", RotatedSecrets)
RESTARTED_READERS = Key("restarted-readers", RestartedReaders)
LOGIN_IN_USE = Key("login-in-use", LoginInUse)
TAKEN_KUBECONFIG = Key("taken-kubeconfig", TakenKubeconfig)
INSPECTED = Key("inspected", Inspected)

"""Bootstrap: a throw-away KinD cluster, whose controllers order the first machines."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import build
from bedplate.capi.rendering.kind import kind_config, networking, node_files
from bedplate.capi.restore import cluster_silent, copy_exists, move_begun, was_moved
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError
from bedplate.fact import Fact, Given, Key
from bedplate.facts import BOOTSTRAP
from bedplate.phases.pivot_move import source_silent
from bedplate.phases.readiness import is_available
from bedplate.ports.bootstrap import BootstrapState
from bedplate.ports.kube import JSON, Reach, Ref, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec

STAMP = "bedplate-bootstrap"
STAMP_REF = Ref(kinds.CONFIG_MAP, names.NAMESPACE, STAMP)
STEP, MADE = "bootstrap", "made"
KUBE_PROXY = Ref(kinds.DAEMON_SET, "kube-system", "kube-proxy")
"""Without it no pod reaches the API server: controllers that start before fail, and wait longer
each time. KinD does not wait for it. A cluster where something else does its work has none."""


class Bootstrap(Phase[facts.BootstrapCluster]):
    """Make the KinD cluster and stamp it as ours.

    Where its machines exist but no bootstrap cluster does, a second one would order every machine
    again: it is made only if a copy of its Cluster API objects is there to restore.
    """

    title = "Creating new bootstrap cluster"
    gives = BOOTSTRAP
    needs: tuple[Key[Fact], ...] = (facts.PREFLIGHT,)
    patience = Patience(deadline=600, attempts=2)

    def check(self, given: Given, tools: Tools) -> facts.BootstrapCluster | None:
        """The stamp, read from a cluster that KinD lists and whose API answers."""
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Create the cluster unless it runs; then its namespace and stamp.

        What a killed process left half made is made anew, and a stopped one is started.
        """
        name = names.bootstrap_cluster(tools.spec.name)
        state = tools.ports.bootstrap.state(name)
        if state is BootstrapState.ABSENT:
            self.require_safe_to_make(tools)
            tools.notes.note(MADE, name)
        if state is BootstrapState.UNFINISHED and not _is_noted(tools, name):
            raise _foreign(name)
        if state is not BootstrapState.RUNNING:
            create(tools)
        kube = tools.kube(Side.BOOTSTRAP)
        if kube.reach() is not Reach.ANSWERS:
            return Waiting("the bootstrap cluster's API server", {"kind cluster": name})
        _require_ours(tools, name)
        namespace = build(kinds.NAMESPACE, names.NAMESPACE, {}, namespace="")
        kube.apply(objects.ref(namespace), namespace)
        kube.apply(STAMP_REF, build(kinds.CONFIG_MAP, STAMP, {"data": self.stamp(tools.spec)}))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.BootstrapCluster | Waiting:
        """Return the fact once the stamp of this cluster can be read."""
        name = names.bootstrap_cluster(tools.spec.name)
        if not tools.ports.bootstrap.exists(name):
            return Waiting("the bootstrap cluster to be listed by KinD")
        kube = tools.kube(Side.BOOTSTRAP)
        if kube.reach() is not Reach.ANSWERS:
            return Waiting("the bootstrap cluster's API server", {"kind cluster": name})
        stamp = kube.get(STAMP_REF)
        if stamp is None or objects.text(stamp, "data", "cluster") != tools.spec.name:
            return Waiting("the bootstrap cluster's stamp")
        proxy = kube.get(KUBE_PROXY)
        if proxy is not None and not is_available(proxy):
            return Waiting("the bootstrap cluster's kube-proxy to be available")
        return facts.BootstrapCluster(name=name)

    def stamp(self, spec: ClusterSpec) -> dict[str, JSON]:
        """Return what is written on the cluster, to tell it from others of its name."""
        return {"cluster": spec.name}

    def require_safe_to_make(self, tools: Tools) -> None:
        """Raise where the machines' objects would not come to a new bootstrap cluster."""
        _require_safe_to_make(tools)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the KinD cluster, unless it still holds a cluster's machines."""
        name = names.bootstrap_cluster(tools.spec.name)
        if tools.ports.bootstrap.exists(name):
            require_empty(tools)
            tools.ports.bootstrap.delete(name)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The network ranges alone: one that is there does its work with whatever image."""
        return networking(spec)


def create(tools: Tools) -> None:
    """Make the KinD cluster, make it anew where it is half made, or start it; as it needs."""
    name = names.bootstrap_cluster(tools.spec.name)
    login = provider_of(tools.spec).render_secrets(tools).registry
    config = kind_config(tools.spec, tools.bundle)
    tools.ports.bootstrap.create(name, config, node_files(tools.spec, login))


def require_empty(tools: Tools) -> None:
    """Raise where the bootstrap cluster still manages a cluster, whose machines it would orphan.

    One that we began to make and never could use holds nothing.
    """
    if is_half_made(tools):
        return
    kube = tools.kube(Side.BOOTSTRAP)
    reach = kube.reach()
    if reach is Reach.SILENT:
        raise source_silent(tools.spec)
    if reach is Reach.ANSWERS and kube.list(kinds.CLUSTER):
        raise PermanentError(
            "BOOTSTRAP_IN_USE",
            "the bootstrap cluster still holds Cluster API objects",
            why="without them nobody knows which machines belong to the cluster",
            remedy="resume the run, or abort it so that its machines are deleted first",
            owner=Owner.PLATFORM,
        )


def _require_ours(tools: Tools, name: str) -> None:
    """Raise where a KinD cluster of our name bears no stamp of this cluster and we made none."""
    stamp = tools.kube(Side.BOOTSTRAP).get(STAMP_REF)
    stamped = stamp is not None and objects.text(stamp, "data", "cluster") == tools.spec.name
    if not stamped and not _is_noted(tools, name):
        raise _foreign(name)


def _foreign(name: str) -> PermanentError:
    return PermanentError(
        "BOOTSTRAP_FOREIGN",
        f"KinD has a cluster {name} that no run here made",
        why="it would be used, and deleted at the end, with whatever is in it",
        remedy=f"look into it; if nobody needs it: kind delete cluster --name {name}",
        owner=Owner.PLATFORM,
    )


def is_half_made(tools: Tools) -> bool:
    """Say whether a run here began to make the KinD cluster and never could use it."""
    name = names.bootstrap_cluster(tools.spec.name)
    is_unfinished = tools.ports.bootstrap.state(name) is BootstrapState.UNFINISHED
    return is_unfinished and _is_noted(tools, name)


def _is_noted(tools: Tools, name: str) -> bool:
    """Say whether this run, or an earlier one of any operation, noted that it makes it."""
    return tools.notes.find(MADE) is not None or name in tools.notes.earlier(STEP, MADE)


def _require_safe_to_make(tools: Tools) -> None:
    if was_moved(tools):
        raise PermanentError(
            "BOOTSTRAP_NOT_NEEDED",
            f"{tools.spec.name} manages itself since its pivot, but a step before it asks for a"
            " bootstrap cluster",
            why="a second bootstrap cluster would order every machine again",
            remedy=f"see what does not answer: kubectl --kubeconfig"
            f" {tools.ports.files.path(names.kubeconfig_file(tools.spec.name))} get nodes",
            owner=Owner.PLATFORM,
        )
    machines = provider_of(tools.spec).virtual_machines(tools)
    if machines and move_begun(tools) and not copy_exists(tools):
        raise cluster_silent(tools.spec)  # they may be managed by a cluster that is not known here
    if machines and not copy_exists(tools):
        raise PermanentError(
            "BOOTSTRAP_LOST",
            f"{len(machines)} machines of {tools.spec.name} exist ({machines[0].name}, …), but no"
            " bootstrap cluster and no copy of its Cluster API objects",
            why="a new bootstrap cluster would order every machine a second time",
            remedy="delete these virtual machines, then run the same command again",
            owner=Owner.VSPHERE,
        )
    if machines:
        tools.say(
            f"The bootstrap cluster is lost; its {len(machines)} machines will be restored"
            " from the saved copy"
        )

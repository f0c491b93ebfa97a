"""What an adopted cluster has: folders, templates, machines, as the facts that a create leaves.

Other runs rely on these facts: a delete of another cluster keeps folders and templates that this
one uses.
"""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names, objects, selectors
from bedplate.capi.restore import was_moved
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError
from bedplate.fact import FactType, Given
from bedplate.facts import CONTROL_PLANE, PROVIDER_SETUP, WORKERS
from bedplate.phases.machines import list_machines, with_node
from bedplate.ports.kube import JSON, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec


class _Found(Phase[FactType]):
    """A phase that only looks: what is not there is not made."""

    patience = Patience(deadline=60, attempts=2, tries=2)

    def check(self, given: Given, tools: Tools) -> FactType | None:
        """The cluster is under management, and has it."""
        if not was_moved(tools):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Look; raises PermanentError ADOPTED_LACKS where something is not there."""
        found = self.verify(given, tools)
        if isinstance(found, Waiting):
            raise PermanentError(
                "ADOPTED_LACKS",
                f"{tools.spec.name} lacks {found.on}",
                why="an adoption changes nothing, so it makes nothing either",
                remedy="let the cluster come to rest, or correct it; then run the same command"
                " again",
                owner=Owner.PLATFORM,
            )
        return None

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """A look made nothing."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The name alone: what became of its machines since is not this step's to judge."""
        return [spec.name]


class FindSetup(_Found[facts.ProviderSetup]):
    """Find the folders and templates of the specification, and the Secrets of its controllers."""

    title = "Looking for folders, templates and secrets"
    gives = PROVIDER_SETUP
    needs = (facts.INSPECTED,)

    def verify(self, given: Given, tools: Tools) -> facts.ProviderSetup | Waiting:
        """Return them, the Secrets by their names only."""
        provider, kube = provider_of(tools.spec), tools.kube(Side.CLUSTER)
        secrets = [objects.ref(secret) for secret in provider.credentials(tools)]
        missing = [ref.identity for ref in secrets if kube.get(ref) is None]
        if missing:
            return Waiting(", ".join(missing))
        return facts.ProviderSetup(
            folders=tuple(provider.folders(tools.spec)),
            templates=tuple(provider.template_paths(tools.spec, tools.bundle)),
            secrets=tuple(ref.name for ref in secrets),
        )


class FindControlPlane(_Found[facts.ControlPlane]):
    """Find the machines of control plane and etcd."""

    title = "Looking for the control plane"
    gives = CONTROL_PLANE
    needs = (facts.PROVIDER_SETUP,)

    def verify(self, given: Given, tools: Tools) -> facts.ControlPlane | Waiting:
        """Return them once each has its node."""
        kube, cluster = tools.kube(Side.CLUSTER), tools.spec.name
        machines = with_node(list_machines(kube, selectors.of_control_plane(cluster)))
        etcd = list_machines(kube, selectors.of_etcd(cluster))
        wanted = tools.spec.control_plane.count
        if len(machines) != wanted:
            return Waiting(f"{wanted} control-plane machines with a node: it has {len(machines)}")
        return facts.ControlPlane(
            endpoint=tools.spec.endpoint,
            kubeconfig=names.vault_kubeconfig(cluster),
            machines=machines,
            etcd=tuple(objects.name(machine) for machine in etcd),
        )


class FindWorkers(_Found[facts.Workers]):
    """Find the workers."""

    title = "Looking for the workers"
    gives = WORKERS
    needs = (facts.CONTROL_PLANE,)

    def verify(self, given: Given, tools: Tools) -> facts.Workers | Waiting:
        """Return those that have a node; how many there are may be the autoscaler's choice."""
        labels = {kinds.CLUSTER_NAME_LABEL: tools.spec.name}
        found = list_machines(tools.kube(Side.CLUSTER), labels)
        workers = tuple(m for m in found if kinds.DEPLOYMENT_NAME_LABEL in objects.labels(m))
        return facts.Workers(machines=with_node(workers))

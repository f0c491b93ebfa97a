"""Kubeconfig: where the cluster is, kept where every later run finds it."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import names
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError, Refused, TemporaryError
from bedplate.fact import Given
from bedplate.facts import TAKEN_KUBECONFIG
from bedplate.phases.kubeconfig import keep_kubeconfig
from bedplate.ports.kube import Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

TAKEN = "taken"


class TakeKubeconfig(Phase[facts.TakenKubeconfig]):
    """Put the kubeconfig that somebody gave into the vault, and see that it leads somewhere.

    It waits in the vault under a name of its own until it is taken. One that is there already is
    another cluster's of this name, or this very one's.
    """

    title = "Taking the kubeconfig"
    gives = TAKEN_KUBECONFIG
    patience = Patience(deadline=120, attempts=2, tries=2)

    def check(self, given: Given, tools: Tools) -> facts.TakenKubeconfig | None:
        """The vault has the kubeconfig, none waits to be taken, and it leads somewhere."""
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Keep it; raises Refused KUBECONFIG_OTHER, PermanentError KUBECONFIG_MISSING."""
        vault, cluster = tools.ports.vault, tools.spec.name
        waiting, kept = _entries(tools)
        text = waiting or kept
        if not text:
            raise _missing(tools.spec)
        if waiting and kept and kept != waiting and tools.notes.find(TAKEN) is None:
            raise _other(tools.spec)
        tools.notes.note(TAKEN, names.vault_kubeconfig(cluster))
        keep_kubeconfig(tools, text)
        vault.delete(names.vault_adopting(cluster))
        if tools.kube(Side.CLUSTER).reach() is not Reach.ANSWERS:
            raise _silent(tools.spec)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.TakenKubeconfig | Waiting:
        """Return its name once the API server that it leads to answers."""
        waiting, kept = _entries(tools)
        if waiting or not kept:
            return Waiting("the kubeconfig to be in the vault")
        if tools.kube(Side.CLUSTER).reach() is not Reach.ANSWERS:
            return Waiting("the cluster's API server", {"endpoint": tools.spec.endpoint})
        name = names.vault_kubeconfig(tools.spec.name)
        return facts.TakenKubeconfig(kubeconfig=name, endpoint=tools.spec.endpoint)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Forget it, if it was taken here."""
        if tools.notes.find(TAKEN) is not None:
            tools.ports.vault.delete(names.vault_kubeconfig(tools.spec.name))
            tools.ports.files.remove(names.kubeconfig_file(tools.spec.name))
        tools.ports.vault.delete(names.vault_adopting(tools.spec.name))
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name and the endpoint."""
        return [spec.name, spec.endpoint]


def _entries(tools: Tools) -> tuple[str | None, str | None]:
    vault, cluster = tools.ports.vault, tools.spec.name
    return vault.get(names.vault_adopting(cluster)), vault.get(names.vault_kubeconfig(cluster))


def _missing(spec: ClusterSpec) -> PermanentError:
    return PermanentError(
        "KUBECONFIG_MISSING",
        f"no kubeconfig of {spec.name} was given, and the vault has none",
        why="without it nobody can look at the cluster",
        remedy="bedplate adopt -f FILE --kubeconfig FILE",
        owner=Owner.PLATFORM,
    )


def _other(spec: ClusterSpec) -> Refused:
    return Refused(
        "KUBECONFIG_OTHER",
        f"the vault already has another kubeconfig as {names.vault_kubeconfig(spec.name)!r}",
        why="it is of another cluster of this name, or of this one with another user",
        remedy="bedplate runs tells what was done under this name; where nobody needs it, take it"
        " out of the vault, then run the same command again",
        owner=Owner.PLATFORM,
    )


def _silent(spec: ClusterSpec) -> TemporaryError:
    return TemporaryError(
        "CLUSTER_SILENT",
        f"the API server that the kubeconfig of {spec.name} leads to does not answer, or does not"
        " let its user in",
        why="a cluster is adopted as it is seen",
        remedy="try it: kubectl --kubeconfig FILE get nodes; then run the same command again",
        owner=Owner.PLATFORM,
    )

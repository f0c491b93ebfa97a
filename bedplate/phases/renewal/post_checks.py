"""Post-checks of a renewal: what machines and servers show themselves; then it is given back."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.certificates import Server, etcd_servers, plane_servers
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import RENEWED, RENEWED_CONTROL_PLANE, RENEWED_ETCD
from bedplate.phases.renewal.control_plane import plane_machines
from bedplate.phases.renewal.moments import made_before
from bedplate.phases.upgrade.etcd_members import etcd_machines, let_former_go, still_there
from bedplate.phases.upgrade.pause import Unpause
from bedplate.ports.kube import JSON, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class CheckRenewed(Phase[facts.RenewedCertificates]):
    """Compare each machine with its moment, and what its server shows with what was shown before.

    A server that does not answer by its machine's own address, as behind a firewall, is told: that
    its machine is new says that its certificates are.
    """

    title = "Validating the new certificates"
    gives = RENEWED
    needs = (RENEWED_ETCD, RENEWED_CONTROL_PLANE)
    patience = Patience(deadline=1800)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.RenewedCertificates | None:
        """Everything is new already."""
        for key in self.needs:
            given[key]
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Let etcd's former members go, and say which servers do not show their certificates."""
        spec, kube = tools.spec, tools.kube(self._side)
        let_former_go(kube, spec)
        for server in (*plane_servers(spec, kube), *etcd_servers(spec, kube)):
            if server.look(tools.ports.network) is None:
                tools.say(f"⚠ {server.place} shows no certificate; its machine is a new one")
        return None

    def verify(self, given: Given, tools: Tools) -> facts.RenewedCertificates | Waiting:
        """Return when each server's certificate ends, or the first thing that is a former one."""
        spec, kube = tools.spec, tools.kube(self._side)
        plane, etcd = given[RENEWED_CONTROL_PLANE], given[RENEWED_ETCD]
        if waiting := still_there(kube, spec):
            return waiting
        older = (
            *made_before(plane_machines(kube, spec), plane.since),
            *made_before(etcd_machines(kube, spec), etcd.since),
        )
        if older:
            return Waiting(f"{', '.join(older)} to be replaced")
        former = (
            *((server, plane.former_end) for server in plane_servers(spec, kube)),
            *((server, etcd.former_end) for server in etcd_servers(spec, kube)),
        )
        return _ends(tools, former)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing was made."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The name alone."""
        return spec.name


def _ends(
    tools: Tools, former: Sequence[tuple[Server, int]]
) -> facts.RenewedCertificates | Waiting:
    """Return when what each server shows ends; `former` is when the last former one does."""
    ends: dict[str, int] = {}
    for server, before in former:
        shown = server.look(tools.ports.network)
        if shown is None:
            continue
        end = int(shown.not_after)
        if end <= before:
            return Waiting(f"{server.place} to show a new certificate")
        ends[server.place] = end
    return facts.RenewedCertificates(ends=ends)


class UnpauseRenewed(Unpause):
    """Give the cluster back once its certificates are new."""

    needs = (RENEWED,)

"""External etcd: its machines are replaced as an upgrade does it, by a template of another name.

Its controller knows no moment to roll after. The next template says what the one in use says, so
the machines are the same but for their certificates; the control plane stands still meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import names, objects
from bedplate.capi.cluster import build
from bedplate.capi.external_etcd import UPGRADING, members, serves
from bedplate.capi.naming import ETCD_REF, increment
from bedplate.certificates import etcd_servers
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError
from bedplate.fact import Given
from bedplate.facts import PAUSE, RENEWED_ETCD
from bedplate.phases.machines import evidence
from bedplate.phases.renewal.ends import note_end, noted_end
from bedplate.phases.renewal.moments import choose_moment, made_before, moment_that_counts
from bedplate.phases.upgrade.etcd_members import etcd_cluster, etcd_machines
from bedplate.phases.upgrade.pausing import start_control_plane, stop_control_plane
from bedplate.ports.kube import JSON, Kind, Kube, Manifest, Reach, Ref, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

TEMPLATE = "etcd-template"


class RenewEtcd(Phase[facts.RenewedMachines]):
    """Order machines like those that are there, and wait until all serve."""

    title = "Replacing external etcd's machines"
    gives = RENEWED_ETCD
    needs = (PAUSE,)
    patience = Patience(deadline=5400, attempts=2)

    def __init__(self, side: Side) -> None:
        self._side = side

    def skip(self, spec: ClusterSpec) -> str | None:
        """Stacked etcd's certificates are the control plane's machines'."""
        return None if spec.etcd is not None else "etcd is on the control plane"

    def check(self, given: Given, tools: Tools) -> facts.RenewedMachines | None:
        """Every machine is new enough, and serves."""
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Stop the control plane, make the next template, and have etcd be made of it."""
        kube, spec = tools.kube(self._side), tools.spec
        if spec.etcd is None:
            return None
        etcd = etcd_cluster(kube, spec)
        if etcd is None:
            return None
        note_end(tools, etcd_servers(spec, kube))
        choose_moment(tools)
        used = _template_ref(etcd)
        name = tools.notes.choose(TEMPLATE, lambda: _free_name(kube, used))
        stop_control_plane(kube, spec)
        if used.name != name:
            _copy(kube, used, Ref(used.kind, used.namespace, name))
            reference: Mapping[str, JSON] = {"infrastructureTemplate": {"name": name}}
            marks: Mapping[str, JSON] = {"annotations": {UPGRADING: "true"}}
            kube.patch(objects.ref(etcd), {"metadata": marks, "spec": reference})
        return None

    def verify(self, given: Given, tools: Tools) -> facts.RenewedMachines | Waiting:
        """Look at each machine's age, then at what the controller says of all."""
        spec, kube = tools.spec, tools.kube(self._side)
        moment = moment_that_counts(tools)
        if spec.etcd is None:
            return facts.RenewedMachines(since=moment, machines=())
        etcd = etcd_cluster(kube, spec)
        if etcd is None:
            return Waiting(f"EtcdadmCluster {names.etcd_cluster(spec.name)}")
        # Former members stay until the control plane was replaced, which the next step does.
        machines = members(etcd, etcd_machines(kube, spec))
        wanted = objects.number(etcd, "spec", "replicas") or 0
        older = made_before(machines, moment)
        if older or not serves(etcd) or len(machines) != wanted:
            on = f"{len(machines) - len(older)} of {wanted} etcd machines replaced"
            return Waiting(on, evidence(machines))
        made = tuple(objects.name(machine) for machine in machines)
        return facts.RenewedMachines(since=moment, machines=made, former_end=noted_end(tools))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Let the control plane go on; members that were replaced stay, the rest follow."""
        kube = tools.kube(self._side)
        if tools.spec.etcd is not None and kube.reach() is not Reach.ABSENT:
            start_control_plane(kube, tools.spec)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """Whether there is any, and whose it is."""
        return [spec.name, spec.etcd is not None]


def _template_ref(etcd: Manifest) -> Ref:
    found = objects.mapping(etcd, *ETCD_REF)
    kind = Kind(objects.text(found, "apiVersion"), objects.text(found, "kind"))
    return Ref(kind, names.NAMESPACE, objects.text(found, "name"))


def _free_name(kube: Kube, used: Ref) -> str:
    """Return the next name that no template has, as upgrades count them."""
    name = increment(used.name) or f"{used.name}-2"
    while kube.get(Ref(used.kind, used.namespace, name)) is not None:
        name = increment(name) or f"{name}-2"
    return name


def _copy(kube: Kube, used: Ref, to: Ref) -> None:
    template = kube.get(used)
    if template is None:
        raise _no_template(used)
    spec = dict(objects.mapping(template, "spec"))
    kube.apply(to, build(to.kind, to.name, {"spec": spec}, namespace=to.namespace))


def _no_template(used: Ref) -> PermanentError:
    return PermanentError(
        "TEMPLATE_GONE",
        f"{used.identity}, which external etcd's machines are made of, is not there",
        why="the machines of a renewal are made of a copy of it",
        remedy="bedplate upgrade cluster -f FILE makes it again and replaces what differs;"
        " then run the same command again",
        owner=Owner.PLATFORM,
    )

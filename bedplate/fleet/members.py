"""The fleet, as the journal knows it: every cluster whose newest finished run left one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bedplate.engine.journal import UNFINISHED, Run, RunState
from bedplate.fleet.campaign import TIME_ZONE_ANNOTATION, Target
from bedplate.spec import ClusterSpec, VSphereDatacenterConfig, read_text
from bedplate.spec.frozen import FrozenMap
from bedplate.spec.models.model import replace
from bedplate.spec.models.vsphere_machine import VSphereMachineConfig

DELETE = "delete"
HARMLESS = frozenset({"backup"})
"""Operations that leave a cluster as it was."""


@dataclass(frozen=True, slots=True)
class Member:
    """A cluster of the fleet.

    `newest` is its newest run, `source` the newest finished one, whose specification it has;
    `busy` says what is unfinished about it.
    """

    spec: ClusterSpec
    site: str
    newest: str
    source: str
    busy: str

    @property
    def name(self) -> str:
        """Return the cluster's name."""
        return self.spec.name

    @property
    def labels(self) -> Mapping[str, str]:
        """Return the labels of the Cluster."""
        return self.spec.cluster.metadata.labels

    @property
    def zone(self) -> str:
        """Return the time zone that the cluster names, nothing where it names none."""
        return self.spec.cluster.metadata.annotations.get(TIME_ZONE_ANNOTATION, "")

    @property
    def place(self) -> str:
        """Return what has a budget: the vCenter, else the site."""
        datacenter = self.spec.datacenter
        if isinstance(datacenter, VSphereDatacenterConfig):
            return datacenter.spec.server
        return self.site


def members(runs: Iterable[Run]) -> Iterator[Member]:
    """Yield the clusters that runs (newest first) have left; raises SpecError for a bad record."""
    by_cluster: dict[str, list[Run]] = {}
    for run in runs:
        by_cluster.setdefault(run.cluster, []).append(run)
    for cluster in sorted(by_cluster):
        found = by_cluster[cluster]
        finished = next((run for run in found if run.state is RunState.COMPLETED), None)
        if finished is None or finished.operation == DELETE:
            continue
        open_ones = [run for run in found if run.state in UNFINISHED]
        busy = next((f"run {run.id} ({run.operation}) is {run.state}" for run in open_ones), "")
        spec = read_text(finished.spec_text, f"run {finished.id}")
        yield Member(spec, finished.site, found[0].id, finished.id, busy)


def upgraded(spec: ClusterSpec, target: Target) -> ClusterSpec:
    """Return the specification that a campaign brings a cluster to.

    Groups of workers with a version of their own get the target's too; templates that the target
    does not name stay.
    """
    settings = spec.cluster.spec
    groups = tuple(
        replace(group, kubernetes_version=target.kubernetes_version)
        if group.kubernetes_version
        else group
        for group in settings.worker_node_group_configurations
    )
    changed = replace(
        settings,
        kubernetes_version=target.kubernetes_version,
        eksa_version=target.eksa_version or settings.eksa_version,
        worker_node_group_configurations=groups,
    )
    machines = {
        name: _with_template(config, target) if isinstance(config, VSphereMachineConfig) else config
        for name, config in spec.machine_configs.items()
    }
    return ClusterSpec(
        cluster=replace(spec.cluster, spec=changed),
        datacenter=spec.datacenter,
        machine_configs=FrozenMap(machines),
        parts=spec.parts,
        gitops=spec.gitops,
        identity_providers=spec.identity_providers,
        origin=spec.origin,
    )


def _with_template(config: VSphereMachineConfig, target: Target) -> VSphereMachineConfig:
    template = target.templates.get(config.spec.template)
    if template is None:
        return config
    return replace(config, spec=replace(config.spec, template=template))


def changed_by_others(runs: Iterable[Run], ours: str) -> dict[str, str]:
    """Return by cluster what others have done to it, given the runs since a plan was made.

    `ours` is what the campaign's own runs are asked for by.
    """
    return {
        run.cluster: f"run {run.id} ({run.operation}) by {run.requested_by or 'nobody named'}"
        for run in runs
        if run.requested_by != ours
        and run.operation not in HARMLESS
        and run.state is not RunState.ABORTED
    }

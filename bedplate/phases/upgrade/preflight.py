"""Preflight of a change: the rules of upgrades, the cluster's health, room for more machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bedplate.checks import Check, Scene
from bedplate.checks.disruption import disruption_checks
from bedplate.checks.finding import Findings, block, check
from bedplate.checks.health import health_checks
from bedplate.checks.scaling import scaling_check
from bedplate.checks.upgrade import upgrade_checks
from bedplate.engine.phase import Waiting
from bedplate.errors import Owner
from bedplate.fact import Given
from bedplate.phases.preflight import PASSED, Preflight, scene_of
from bedplate.phases.upgrade.control_plane import RollControlPlane
from bedplate.phases.upgrade.external_etcd import RollEtcd
from bedplate.phases.upgrade.foreign import note_versions
from bedplate.phases.upgrade.replacing import ETCD_CHANGES, Group
from bedplate.phases.upgrade.running import running_spec
from bedplate.phases.upgrade.workers import RollWorkers
from bedplate.ports.kube import Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec

TAKEN_BY_ITSELF = "control-plane-ip"
"""The check that nobody uses the cluster's own address."""


class UpgradePreflight(Preflight):
    """Make the checks of an upgrade, from what the cluster runs by now to what it shall be.

    Once it passed in this run the cluster is being changed: where the specification is corrected
    meanwhile, only what the specification says is checked again, not how well the cluster is.
    """

    title = "Performing setup and validations"
    verb = "Upgrade"

    def __init__(self, side: Side) -> None:
        self._side = side

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Besides, journal which versions the cluster has before it is changed."""
        waiting = super().run(given, tools)
        note_versions(tools, running_spec(tools.kube(self._side), tools.spec))
        return waiting

    def checks(self, tools: Tools) -> Sequence[Check]:
        """Return the provider's checks and those of an upgrade, each name once."""
        old = running_spec(tools.kube(self._side), tools.spec)
        own = upgrade_checks(old, tools.spec)
        known = {check.name for check in own}
        provider = (c for c in provider_of(tools.spec).checks(tools.spec) if c.name not in known)
        return self.asked_for(tools, old, (*provider, *own))

    def asked_for(
        self, tools: Tools, old: ClusterSpec, found: Sequence[Check]
    ) -> tuple[Check, ...]:
        """Return the checks without those that a cluster which is being changed cannot pass."""
        left_out = {TAKEN_BY_ITSELF}
        if tools.notes.find(PASSED) is not None:
            health = (*health_checks(old), *disruption_checks())
            left_out |= {check.name for check in health}
        return tuple(check for check in found if check.name not in left_out)

    def scene(self, tools: Tools) -> Scene:
        """Return the scene of a cluster that is there."""
        sides = dict.fromkeys((self._side, Side.CLUSTER))
        kube = {side: tools.ports.kube[side] for side in sides if side in tools.ports.kube}
        return replace(scene_of(tools.spec, tools.bundle, tools.ports), kube=kube)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing: the key is the cluster's."""
        return None


class ScalePreflight(UpgradePreflight):
    """Besides, nothing but numbers of machines may change."""

    verb = "Scale"

    def checks(self, tools: Tools) -> Sequence[Check]:
        """Return the checks of an upgrade, that of the change's kind first."""
        old = running_spec(tools.kube(self._side), tools.spec)
        return (scaling_check(old), self._no_replacement(tools), *super().checks(tools))

    def _no_replacement(self, tools: Tools) -> Check:
        """Another bundle would replace machines too, whatever the specification says."""

        def look(_: Scene) -> Findings:
            for group in self._groups(tools):
                reasons = [reason for reason in group.why if reason != ETCD_CHANGES]
                if group.machines and reasons:
                    yield block(
                        group.name,
                        f"its machines would be replaced: {reasons[0]}",
                        "bedplate upgrade cluster -f FILE replaces them",
                        Owner.PLATFORM,
                    )

        return check("no-replacement", "No machine is replaced", look)

    def _groups(self, tools: Tools) -> tuple[Group, ...]:
        found: tuple[Group, ...] = ()
        for phase in (RollEtcd(self._side), RollControlPlane(self._side), RollWorkers(self._side)):
            found = (*found, *phase.groups(tools, found))
        return found

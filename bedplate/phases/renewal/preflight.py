"""Preflight of a renewal: the cluster's health, disruption budgets, room for a machine more."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate.checks import Check, Scene
from bedplate.checks.disruption import disruption_checks
from bedplate.checks.finding import Findings, block, check
from bedplate.checks.health import health_checks
from bedplate.errors import Owner
from bedplate.phases.upgrade.preflight import UpgradePreflight
from bedplate.phases.upgrade.running import running_spec
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec, changed_fields


class RenewPreflight(UpgradePreflight):
    """Make the checks of an upgrade that are about what is there, not about what shall be."""

    verb = "Renewal"

    def checks(self, tools: Tools) -> Sequence[Check]:
        """Return the check of the specification, the provider's, and those of health."""
        old = running_spec(tools.kube(self._side), tools.spec)
        provider = provider_of(tools.spec).checks(tools.spec)
        found = (_in_force(old), *provider, *health_checks(old), *disruption_checks())
        return self.asked_for(tools, old, found)


def _in_force(old: ClusterSpec) -> Check:
    def look(scene: Scene) -> Findings:
        for field in changed_fields(old, scene.spec):
            yield block(
                field,
                "the cluster runs with another value than its newest run has on record",
                "bedplate drift tells what differs; bedplate upgrade cluster -f FILE with the"
                " specification that is right brings them together",
                Owner.SPEC_AUTHOR,
            )

    return check("spec-in-force", "Nothing but certificates changes", look)

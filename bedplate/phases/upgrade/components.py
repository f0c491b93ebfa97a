"""Management components: Cluster API's providers and EKS Anywhere's own, as the bundle has them.

No machine is touched by them.
"""

from __future__ import annotations

from bedplate.bundles import ChosenBundle
from bedplate.engine.phase import Waiting
from bedplate.fact import Given
from bedplate.phases.crds import InstallCrds
from bedplate.phases.provider_setup import ProviderSetup
from bedplate.phases.providers import InstallProviders, wanted
from bedplate.phases.upgrade.rolling import no_way_back
from bedplate.ports.kube import JSON, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class UpgradeProviders(InstallProviders):
    """Bring Cluster API's providers to the bundle's versions."""

    final = True

    def __init__(self, side: Side) -> None:
        super().__init__(side)
        self.title = "Upgrading core components"

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Raise Refused: they own the cluster's machines."""
        raise no_way_back(tools.spec)

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The bundle decides the versions."""
        return [*(component.value for component in wanted(spec)), bundle.digest]


class UpgradeCrds(InstallCrds):
    """Bring EKS Anywhere's definitions and controller to the bundle's version."""

    title = "Upgrading EKS-A custom components"
    final = True

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Raise Refused: with the definitions every object of theirs would go."""
        raise no_way_back(tools.spec)


class UpgradeSetup(ProviderSetup):
    """Import the templates that are left to us, make folders, renew the credentials."""

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing: the cluster's machines read the secrets; what was imported may stay."""
        return None

"""Files: kubeconfig, keys and saved copies of a cluster that is no more."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import names
from bedplate.capi.restore import vault_copy, vault_moved, vault_moving
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import FORGOTTEN_FILES
from bedplate.phases.deletion.ownership import is_gone
from bedplate.ports.tools import Tools
from bedplate.providers.keys import PRIVATE_FILE, PUBLIC_FILE
from bedplate.providers.keys import vault_name as key_name
from bedplate.spec import ClusterSpec


class ForgetFiles(Phase[facts.ForgottenFiles]):
    """Remove the user's files and the vault's entries of the cluster, the kubeconfig last.

    The cluster's configuration goes too: the specification stays with whoever wrote it, and in the
    journal. As long as the kubeconfig is there, an interrupted run can still ask the cluster.
    """

    title = "Removing files and secrets of the cluster"
    gives = FORGOTTEN_FILES
    needs = (facts.DELETED_MACHINES,)
    patience = Patience(deadline=60)

    def check(self, given: Given, tools: Tools) -> facts.ForgottenFiles | None:
        """Nothing of it is there any more; nor is the cluster."""
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) or not is_gone(tools) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Remove each, whether it is there or not."""
        for name in files_of(tools.spec.name):
            tools.ports.files.remove(name)
        for name in entries_of(tools.spec.name):
            tools.ports.vault.delete(name)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.ForgottenFiles | Waiting:
        """Return the names once none of them is there."""
        files, vault = tools.ports.files, tools.ports.vault
        left = [name for name in files_of(tools.spec.name) if files.read(name) is not None]
        left += [name for name in entries_of(tools.spec.name) if vault.get(name) is not None]
        if left:
            return Waiting(f"{', '.join(left)} to be removed")
        return facts.ForgottenFiles(
            names=(*files_of(tools.spec.name), *entries_of(tools.spec.name))
        )

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """A secret that is gone is not brought back."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]


def files_of(cluster: str) -> tuple[str, ...]:
    """Return the names of the files that a create writes for its user."""
    own = (names.kubeconfig_file(cluster), names.config_file(cluster))
    return (*own, PRIVATE_FILE, PUBLIC_FILE)


def entries_of(cluster: str) -> tuple[str, ...]:
    """Return the vault's names of what is kept for a cluster; site-wide secrets are not its own."""
    kept = (vault_copy(cluster), vault_moving(cluster), vault_moved(cluster))
    own = (names.vault_adopting(cluster), names.vault_kubeconfig(cluster))
    return (*kept, key_name(cluster), *own)

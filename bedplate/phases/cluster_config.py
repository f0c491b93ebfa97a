"""Cluster config: the file that a user keeps, with every default written out."""

from __future__ import annotations

from bedplate import facts
from bedplate.capi import names
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import CLUSTER_CONFIG
from bedplate.ports.tools import Tools


class WriteConfig(Phase[facts.ClusterConfig]):
    """Write `<cluster>-eks-a-cluster.yaml` beside the kubeconfig."""

    title = "Writing cluster config file"
    gives = CLUSTER_CONFIG
    patience = Patience(deadline=60)

    def check(self, given: Given, tools: Tools) -> facts.ClusterConfig | None:
        """The file holds this specification."""
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Write it, at once or not at all; the kubeconfig too, should another worker have it."""
        files = tools.ports.files
        files.write(names.config_file(tools.spec.name), tools.spec.dump())
        kubeconfig = tools.ports.vault.get(names.vault_kubeconfig(tools.spec.name))
        if kubeconfig is not None:
            files.write(names.kubeconfig_file(tools.spec.name), kubeconfig, private=True)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.ClusterConfig | Waiting:
        """Return the files once both are there."""
        files = tools.ports.files
        config, kubeconfig = (
            names.config_file(tools.spec.name),
            names.kubeconfig_file(tools.spec.name),
        )
        if files.read(config) != tools.spec.dump():
            return Waiting(f"file {config}")
        if files.read(kubeconfig) is None:
            return Waiting(f"file {kubeconfig}")
        return facts.ClusterConfig(files=(files.path(config), files.path(kubeconfig)))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Remove the file."""
        tools.ports.files.remove(names.config_file(tools.spec.name))
        return None

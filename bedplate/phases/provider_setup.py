"""Provider setup: what the infrastructure and its controllers need before the first machine."""

from __future__ import annotations

from bedplate import facts
from bedplate.capi import objects
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.facts import PROVIDER_SETUP, Given
from bedplate.phases.installing import apply_all
from bedplate.phases.secrets import same_data
from bedplate.ports.kube import JSON, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import Inventory
from bedplate.providers import provider_of
from bedplate.providers.keys import generated_public_key
from bedplate.providers.keys import vault_name as key_name
from bedplate.spec import ClusterSpec

MADE = "made-folder"


class ProviderSetup(Phase[facts.ProviderSetup]):
    """Make the machine folders and the credentials secrets."""

    title = "Provider specific setup"
    gives = PROVIDER_SETUP
    patience = Patience(deadline=300)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.ProviderSetup | None:
        """Folders and secrets are there, the secrets with the vault's credentials."""
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Make what is missing; a folder that we make is noted first, so that undo knows."""
        for folder in provider_of(tools.spec).folders(tools.spec):
            if not tools.ports.vcenter.find(Inventory.FOLDER, folder):
                tools.notes.note(f"{MADE} {folder}", True)
                tools.ports.vcenter.create_folder(folder)
        apply_all(tools.kube(self._side), provider_of(tools.spec).credentials(tools))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.ProviderSetup | Waiting:
        """Return what was set up, or what is missing."""
        provider = provider_of(tools.spec)
        folders = tuple(provider.folders(tools.spec))
        for folder in folders:
            if not tools.ports.vcenter.find(Inventory.FOLDER, folder):
                return Waiting(f"folder {folder}")
        secrets = provider.credentials(tools)
        for secret in secrets:
            if not same_data(tools.kube(self._side), secret):
                return Waiting(objects.ref(secret).identity)
        return facts.ProviderSetup(
            folders=folders,
            secrets=tuple(objects.name(secret) for secret in secrets),
            ssh_key=key_name(tools.spec.name) if generated_public_key(tools) else None,
        )

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the secrets and the folders that we made; what others made stays."""
        kube = tools.kube(self._side)
        if kube.reach() is Reach.ANSWERS:
            for secret in provider_of(tools.spec).credentials(tools):
                kube.delete(objects.ref(secret))
        for folder in provider_of(tools.spec).folders(tools.spec):
            if tools.notes.find(f"{MADE} {folder}"):
                tools.ports.vcenter.delete_folder(folder)
        return None

    def reads(self, spec: ClusterSpec) -> JSON:
        """Folders come from the machine configurations."""
        return list(provider_of(spec).folders(spec))

"""What every credentials block does: put its secrets into a site's vault, for one cluster."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from prefect.blocks.core import Block
from pydantic import SecretStr

from bedplate.adapters.redaction import RememberingVault
from bedplate.ports.vault import Vault
from bedplate.spec import ClusterSpec


class Credentials(Block):
    """Secrets that go from Prefect's encrypted blocks into a vault, and nowhere else."""

    @abstractmethod
    def require_meant_for(self, spec: ClusterSpec) -> None:
        """Raise BadInput where these secrets belong to another place than the cluster's."""

    @abstractmethod
    def secrets(self) -> Mapping[str, SecretStr | None]:
        """Return the secrets by their names in the vault; None for what is not given."""

    def store(self, vault: Vault) -> None:
        """Put what is given into the vault; from then on it is hidden in every text."""
        remembering = RememberingVault(vault)
        for name, secret in self.secrets().items():
            if secret is None or not secret.get_secret_value():
                continue
            if remembering.get(name) != secret.get_secret_value():
                remembering.put(name, secret.get_secret_value())

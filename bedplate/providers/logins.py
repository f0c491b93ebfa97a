"""Users and passwords as the vault keeps them: `<name>/username` and `<name>/password`."""

from __future__ import annotations

from bedplate.capi.blueprint import Login
from bedplate.errors import Owner, PermanentError
from bedplate.ports.vault import Vault

REGISTRY = "registry"


def vault_names(name: str) -> tuple[str, str]:
    """Return the vault's names of a login's user and of its password."""
    return f"{name}/username", f"{name}/password"


def find_login(vault: Vault, name: str) -> Login | None:
    """Return a user and a password, None where one of them is missing."""
    username, password = map(vault.get, vault_names(name))
    return None if username is None or password is None else Login(username, password)


def require_login(vault: Vault, name: str) -> Login:
    """Return a user and a password; raises PermanentError AUTH_MISSING."""
    found = find_login(vault, name)
    if found is None:
        missing = next(one for one in vault_names(name) if vault.get(one) is None)
        raise PermanentError(
            "AUTH_MISSING",
            f"the vault holds no {missing!r}",
            why="the controllers need it to log in",
            remedy=f"store it in the site's vault under {missing!r}",
            owner=Owner.PLATFORM,
        )
    return found

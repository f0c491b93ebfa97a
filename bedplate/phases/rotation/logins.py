"""The logins of a rotation as the vault keeps them: the current ones, the next, the former.

`<login>/next` is what somebody put there to be used from now on; it stays until all is done, so an
interrupted rotation knows what it was about. `<login>/former` is what an abort puts back. A login
without a next one is used as it is: whoever changed it in the vault wants it to be everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bedplate.capi.blueprint import Login
from bedplate.ports.tools import Tools
from bedplate.ports.vault import OverlaidVault, Vault
from bedplate.providers import provider_of
from bedplate.providers.logins import find_login, vault_names
from bedplate.spec import ClusterSpec

NEXT, FORMER = "next", "former"


def logins_of(spec: ClusterSpec) -> tuple[str, ...]:
    """Return the vault's names of the logins that a rotation is about."""
    return tuple(provider_of(spec).logins)


def at(login: str, when: str) -> str:
    """Return the vault's name of the next or the former login."""
    return f"{login}/{when}"


def wanted(vault: Vault, login: str) -> Login | None:
    """Return what shall be used: the next login, else the current one; None where there is none."""
    return find_login(vault, at(login, NEXT)) or find_login(vault, login)


def is_current(vault: Vault, spec: ClusterSpec) -> bool:
    """Say whether each next login, where there is one, has become the current one."""
    return all(wanted(vault, login) == find_login(vault, login) for login in logins_of(spec))


def entries(spec: ClusterSpec, when: str) -> Iterator[str]:
    """Yield the vault's names of the next or the former logins."""
    for login in logins_of(spec):
        yield from vault_names(at(login, when))


def put(vault: Vault, login: str, text: Login) -> None:
    """Keep a login."""
    for name, value in zip(vault_names(login), (text.username, text.password), strict=True):
        if vault.get(name) != value:
            vault.put(name, value)


def as_before(tools: Tools) -> Tools | None:
    """Return tools whose vault has the former logins; None where there are none."""
    found = {login: find_login(tools.ports.vault, at(login, FORMER)) for login in _logins(tools)}
    texts: Mapping[str, str] = {
        name: value
        for login, text in found.items()
        if text is not None
        for name, value in zip(vault_names(login), (text.username, text.password), strict=True)
    }
    if not texts:
        return None
    return replace(tools, ports=replace(tools.ports, vault=OverlaidVault(texts, tools.ports.vault)))


def _logins(tools: Tools) -> tuple[str, ...]:
    return logins_of(tools.spec)

"""Vault: from here on the new login is the one that counts; the former is kept for an abort."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import KEPT_LOGIN
from bedplate.phases.rotation.logins import (
    FORMER,
    NEXT,
    at,
    entries,
    is_current,
    logins_of,
    put,
)
from bedplate.ports.tools import Tools
from bedplate.providers.logins import find_login
from bedplate.spec import ClusterSpec


class KeepNewLogin(Phase[facts.KeptLogin]):
    """Put the next login in the place of the current one."""

    title = "Keeping the new credentials"
    gives = KEPT_LOGIN
    needs = (facts.NEW_LOGIN,)
    patience = Patience(deadline=60, attempts=2)

    def check(self, given: Given, tools: Tools) -> facts.KeptLogin | None:
        """The vault has no next login, or the current one is it."""
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Keep the former login first: it is whole before the current one begins to change."""
        vault = tools.ports.vault
        for login in logins_of(tools.spec):
            new, current = find_login(vault, at(login, NEXT)), find_login(vault, login)
            if new is None or new == current:
                continue
            if current is not None and find_login(vault, at(login, FORMER)) is None:
                put(vault, at(login, FORMER), current)
            put(vault, login, new)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.KeptLogin | Waiting:
        """Return the names once they are so."""
        vault = tools.ports.vault
        if not is_current(vault, tools.spec):
            return Waiting("the vault to hold the new credentials")
        known = [one for one in logins_of(tools.spec) if find_login(vault, one) is not None]
        return facts.KeptLogin(names=tuple(known))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Put the former login back, and forget the next: it is not wanted any more."""
        vault = tools.ports.vault
        for login in logins_of(tools.spec):
            former = find_login(vault, at(login, FORMER))
            if former is not None:
                put(vault, login, former)
        for name in (*entries(tools.spec, NEXT), *entries(tools.spec, FORMER)):
            vault.delete(name)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]

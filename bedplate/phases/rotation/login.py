"""New login: let in by vCenter, with every privilege, before anything changes."""

from __future__ import annotations

from dataclasses import replace

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi.blueprint import Login
from bedplate.checks.running import lines_of, run_checks
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError, Refused
from bedplate.fact import Given
from bedplate.facts import NEW_LOGIN
from bedplate.phases.preflight import passed_of, require_passed, scene_of
from bedplate.phases.rotation.logins import logins_of, wanted
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec

CHECKS = ("vcenter-server", "vcenter-login", "vcenter-inventory", "vsphere-user-privilege")
"""Of a create's preflight, what is about the user."""

PASSED = "passed"


class CheckNewLogin(Phase[facts.NewLogin]):
    """Log in with each new login, and look whether the first may do what machines need.

    As with a preflight, yesterday's answer says nothing about today.
    """

    title = "Checking the new credentials"
    gives = NEW_LOGIN
    patience = Patience(deadline=300, tries=3)

    def check(self, given: Given, tools: Tools) -> facts.NewLogin | None:
        """Nothing is ever settled here; raises Refused where there is nothing to rotate."""
        _require_credentials(tools.spec)
        return None

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Log in; raises AUTH_DENIED, PreflightFailed; nothing was changed then."""
        first, *others = _logins(tools)
        for login in (first, *others):
            tools.ports.vcenter.as_user(login.username, login.password).login()
            tools.say(f"✅ vCenter lets {login.username} in")
        user = tools.ports.vcenter.as_user(first.username, first.password)
        scene = scene_of(tools.spec, tools.bundle, replace(tools.ports, vcenter=user))
        checks = [one for one in provider_of(tools.spec).checks(tools.spec) if one.name in CHECKS]
        results = run_checks(checks, scene, skipped=tools.skipped)
        for line in (line for result in results for line in lines_of(result)):
            tools.say(line)
        require_passed(results)
        tools.notes.note(PASSED, list(passed_of(results)))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.NewLogin | Waiting:
        """Return who was let in, and which checks passed."""
        noted = tools.notes.find(PASSED)
        passed = tuple(map(str, noted)) if isinstance(noted, list | tuple) else ()
        return facts.NewLogin(users=tuple(one.username for one in _logins(tools)), passed=passed)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """A look made nothing."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]


def _logins(tools: Tools) -> tuple[Login, ...]:
    """Return the logins to use; raises AUTH_MISSING where the site's is not there."""
    found = [wanted(tools.ports.vault, login) for login in logins_of(tools.spec)]
    if not found or found[0] is None:
        name = logins_of(tools.spec)[0]
        raise PermanentError(
            "AUTH_MISSING",
            f"the vault holds no login {name!r}",
            why="there is nothing to log in with",
            remedy="give the new user in EKSA_VSPHERE_USERNAME and EKSA_VSPHERE_PASSWORD",
            owner=Owner.PLATFORM,
        )
    return tuple(login for login in found if login is not None)


def _require_credentials(spec: ClusterSpec) -> None:
    if not logins_of(spec):
        raise Refused(
            "CREDENTIALS_NONE",
            f"{spec.name} is on {provider_of(spec).title}, which has no credentials to rotate",
            why="only vSphere's are kept in a cluster",
            remedy="nothing is to be done",
            owner=Owner.PLATFORM,
        )

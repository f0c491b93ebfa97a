"""The work of `rotate credentials`: put the new ones where the rotation finds them, and rotate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bedplate.operations import ROTATE_CREDENTIALS
from bedplate.phases.rotation.logins import NEXT, at, logins_of
from bedplate.ports.vault import Vault
from bedplate.providers.logins import vault_names
from bedplate.sites import open_site
from bedplate.spec import ClusterSpec
from blocks.secret_environment import secrets_of
from deployments.cli.finding import known_run
from deployments.cli.operate import Job, Manner, continue_request, operate
from deployments.cli.screen import Screen
from deployments.home import find_home, with_pace


def rotate(screen: Screen, cluster: str, site: str | None, manner: Manner) -> int:
    """Rotate the credentials of a cluster; returns the exit status."""
    home = find_home()
    found = known_run(home, cluster, site)
    run = replace(found.run, operation=ROTATE_CREDENTIALS.name)
    request = continue_request(run, manner.steps)
    config = with_pace(home.site(run.site), manner.pace)
    # The environment's secrets are not given to the site: there they would count as the current.
    opened = open_site(config, warn=screen.warn)
    _keep_next(opened.open(request.spec).vault, request.spec, secrets_of())
    job = Job(request, config, found.journal, manner.logs, manner.faults)
    return operate(screen, home, job, opened)


def _keep_next(vault: Vault, spec: ClusterSpec, given: Mapping[str, str]) -> None:
    """Put given logins into the vault as the next ones; those that are current need not wait."""
    for login in logins_of(spec):
        texts = [given.get(name, "") for name in vault_names(login)]
        if all(texts) and texts != [vault.get(name) for name in vault_names(login)]:
            for name, text in zip(vault_names(at(login, NEXT)), texts, strict=True):
                vault.put(name, text)

"""The work of `support-bundle`: collect, write, say what is in it and what is not."""

from __future__ import annotations

from pathlib import Path

from bedplate.adapters.vsphere import close_all
from bedplate.errors import BadInput, ExitStatus, Owner
from bedplate.sites import open_site
from bedplate.support import source_of, write_bundle
from blocks.secret_environment import secrets_for
from deployments.cli.finding import newest_run
from deployments.cli.screen import Screen
from deployments.home import find_home
from deployments.log_settings import LogFormat, LogLevel
from deployments.logging import Binding, set_up


def write(screen: Screen, cluster: str, file: Path, site: str | None) -> ExitStatus:
    """Write the bundle of a cluster; returns the exit status."""
    set_up(Binding(), level=LogLevel.WARNING, on_stderr=LogFormat.CONSOLE)
    home = find_home()
    found = newest_run(home, cluster, site)
    if found is None:
        raise BadInput(
            "CLUSTER_UNKNOWN",
            f"no journal has a run of a cluster {cluster!r}"
            + (f" at site {site!r}" if site else ""),
            why="there is nothing to collect",
            remedy="bedplate runs lists what was made",
            owner=Owner.PLATFORM,
        )
    config = home.site(found.run.site)
    log = home.root / "logs" / f"{cluster}.jsonl"
    extra = {log.name: log} if log.exists() else {}
    opened = open_site(config, secrets_for(config), screen.warn)
    try:
        results = write_bundle(source_of(opened, found.journal, cluster, extra), file)
    finally:
        close_all()
    for part in results:
        mark, said = ("⚠", f" – {part.code}: {part.seen}") if part.code else ("✅", "")
        screen.say(f"{mark} {part.name}: {len(part.files)} files{said}")
    screen.say(f"Written to {file}; read it before you give it away")
    return ExitStatus.OK

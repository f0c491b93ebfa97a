"""Which clusters a person means, each at the site and in the journal that know it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bedplate.engine.history import life_of
from bedplate.errors import BadInput, Owner
from bedplate.inspection import Inspection, inspect_cluster, living_clusters
from bedplate.sites import open_site
from blocks.secret_environment import secrets_for
from deployments.cli.finding import journals
from deployments.home import Home


def inspections(
    home: Home, names: Sequence[str], site: str | None, warn: Callable[[str], None]
) -> Iterator[Inspection]:
    """Yield the named clusters, or every living one where none is named.

    Raises BadInput CLUSTER_UNKNOWN for a name that no journal knows, SITE_UNKNOWN.
    """
    for name in names or _living(home, site):
        yield inspection(home, name, site, warn)


def inspection(home: Home, name: str, site: str | None, warn: Callable[[str], None]) -> Inspection:
    """Return one cluster, at the site of its newest run or at the one that is named."""
    for journal in journals(home):
        newest = next(life_of(journal, name), None)
        if newest is not None and site in (None, newest.site):
            config = home.site(newest.site)
            opened = open_site(config, secrets_for(config), warn)
            return inspect_cluster(opened, journal, name)
    raise BadInput(
        "CLUSTER_UNKNOWN",
        f"no journal has a cluster {name!r} that still is" + (f" at site {site!r}" if site else ""),
        why="what it should be is not known here",
        remedy="bedplate runs lists what was made",
        owner=Owner.PLATFORM,
    )


def _living(home: Home, site: str | None) -> list[str]:
    known = home.sites() if site is None else {site: home.site(site)}
    found: set[str] = set()
    for journal in journals(home):
        for one in known:
            found.update(living_clusters(journal, one))
    return sorted(found)

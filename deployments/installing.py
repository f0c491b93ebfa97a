"""What a Prefect server needs to run Bedplate: work pools, blocks, deployments, their schedules.

Every part is looked at first, so that it may be run again at each release, and by each container
that starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound

from bedplate.errors import BadInput, Owner
from deployments.catalog import entries
from deployments.deployed import forget_former
from deployments.home import Home
from deployments.served import save_blocks
from deployments.switches import keep_switched
from flows.pools import DEFAULT_POOL


@dataclass(frozen=True, slots=True)
class Pool:
    """A work pool, the type of its workers, and the sites whose runs are theirs alone."""

    name: str = DEFAULT_POOL
    type: str = "process"
    sites: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Installed:
    """What is there now; `made` are the work pools that were not."""

    pools: Sequence[str]
    made: Sequence[str]
    sites: Sequence[str]
    deployments: Sequence[str]


def install(home: Home, pools: Sequence[Pool]) -> Installed:
    """Bring a server to what this version needs; raises what Prefect's client raises."""
    of_site = pools_of_sites(home, pools)
    with get_client(sync_client=True) as client:
        made = [pool.name for pool in pools if _make_pool(client, pool)]
    sites = save_blocks(home, of_site)
    wanted = [one for pool in pools for one in _made(pool, pools, of_site)]
    with get_client(sync_client=True) as client:
        deployed = [_deploy(client, one) for one in wanted]
        forget_former(client, deployed, [pool.name for pool in pools])
    return Installed([pool.name for pool in pools], made, sites, deployed)


def pools_of_sites(home: Home, pools: Sequence[Pool]) -> Mapping[str, str]:
    """Return the pool of every site to be known; one without names takes what the others leave.

    Raises BadInput SITE_UNKNOWN, SITE_TWICE.
    """
    found: dict[str, str] = {}
    for pool in pools:
        for site in pool.sites:
            home.site(site)
            if site in found:
                raise _is_twice(site, found[site], pool.name)
            found[site] = pool.name
    for pool in pools:
        for site in () if pool.sites else home.named_sites():
            found.setdefault(site, pool.name)
    return found


def _is_twice(site: str, one: str, other: str) -> BadInput:
    return BadInput(
        "SITE_TWICE",
        f"site {site!r} is given to the pools {one!r} and {other!r}",
        why="where a site's runs are carried out decides which credentials they can reach",
        remedy="give each site to one pool",
        owner=Owner.PLATFORM,
    )


def _make_pool(client: SyncPrefectClient, pool: Pool) -> bool:
    try:
        client.read_work_pool(pool.name)
    except ObjectNotFound:
        client.create_work_pool(WorkPoolCreate(name=pool.name, type=pool.type))
        return True
    return False


def _made(
    pool: Pool, pools: Sequence[Pool], of_site: Mapping[str, str]
) -> Sequence[RunnerDeployment]:
    """Return what is deployed to a pool; what serves the whole server goes to the first one."""
    sites = [site for site, name in of_site.items() if name == pool.name]
    own = [entry for entry in entries() if pool == pools[0] or entry.is_of_a_site]
    return [made for entry in own for made in entry.made(sites, pool.name)]


def _deploy(client: SyncPrefectClient, made: RunnerDeployment) -> str:
    keep_switched(client, made)
    made.apply()
    return made.full_name

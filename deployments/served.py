"""The part of `serve` that runs flows: sites as blocks, the deployments, a process per run.

Started by `serve.py`, with the settings in its environment, once the server answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from prefect import serve
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.states import Crashed
from pydantic import SecretStr

from bedplate.sites import SiteConfig
from blocks import GitCredentials, SiteBlock, VCenterCredentials
from deployments.catalog import entries
from deployments.deployed import TAG, forget_former
from deployments.home import Home, find_home
from deployments.switches import keep_switched
from flows.order import load_site, site_names
from flows.rows import sweep

SPECS = "specs"
POLL_SECONDS = 2.0
BLOCK_NAME = re.compile(r"[a-z0-9-]+")


def main() -> None:
    """Serve until a signal comes; then leave no run behind that looks as if it ran."""
    home = find_home()
    save_blocks(home)
    deployments = [made for entry in entries() for made in entry.made(home.named_sites())]
    with get_client(sync_client=True) as client:
        for deployment in deployments:
            keep_switched(client, deployment)
        forget_former(client, [one.full_name for one in deployments], [None])
    try:
        serve(
            *deployments,
            pause_on_shutdown=False,
            print_starting_message=False,
            query_seconds=POLL_SECONDS,
        )
    finally:
        with get_client(sync_client=True) as client:
            end_stopped_runs(client)


def save_blocks(home: Home, pools: Mapping[str, str] | None = None) -> list[str]:
    """Register the block types, and keep sites of the home as blocks of their names.

    `pools` says which, and in which work pool their runs are carried out; without it, all of them.
    """
    for kind in (VCenterCredentials, GitCredentials, SiteBlock):
        kind.register_type_and_schema()
    known = site_names()
    wanted = dict.fromkeys(home.sites(), "") if pools is None else pools
    saved = [name for name in wanted if BLOCK_NAME.fullmatch(name)]
    for name in saved:
        block = site_block(home.site(name), str(home.folder(SPECS)), wanted[name])
        _save_site(name, block, exists=name in known)
    return saved


def site_block(config: SiteConfig, specs: str, pool: str) -> SiteBlock:
    """Return a site of the home as a block."""
    return SiteBlock(
        kind=config.kind,
        state=str(config.state),
        backups=str(config.backups or ""),
        journal=SecretStr(config.journal),
        pace=config.pace,
        live=config.live,
        specs=specs,
        pool=pool,
    )


def _save_site(name: str, block: SiteBlock, *, exists: bool) -> None:
    """Save a site as the home has it; credentials that somebody gave its block stay."""
    if exists:
        earlier = load_site(name)
        block.vcenter, block.git = earlier.vcenter, earlier.git
    block.save(name, overwrite=True)


def end_stopped_runs(client: SyncPrefectClient) -> None:
    """Record as crashed what ran here: its process has been ended with this one."""
    running = client.read_flow_runs(
        deployment_filter=DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(
                type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.CANCELLING])
            )
        ),
    )
    stopped: State[None] = Crashed(message="serve was stopped; Retry goes on where it broke off")
    for run in running:
        client.set_flow_run_state(run.id, stopped, force=True)
        sweep(client, [run.id])


if __name__ == "__main__":
    main()

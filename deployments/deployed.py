"""The deployments of ours that a Prefect server has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient

from deployments.catalog import AT

TAG = "bedplate"
PAGE = 200  # what the server gives at most in one answer


def deployed_there(client: SyncPrefectClient) -> Mapping[str, Mapping[str, Any]]:
    """Return them by name, as flow/deployment; raises what Prefect's client raises."""
    rows = _all(client, "/deployments/filter", {"deployments": {"tags": {"all_": [TAG]}}})
    flows = {row["flow_id"] for row in rows}
    named = _all(client, "/flows/filter", {"flows": {"id": {"any_": sorted(flows)}}})
    names = {flow["id"]: flow["name"] for flow in named}
    return {f"{names[row['flow_id']]}/{row['name']}": row for row in rows}


def forget_former(
    client: SyncPrefectClient, names: Sequence[str], pools: Sequence[str | None]
) -> None:
    """Remove sites' own deployments that are not wanted any more in these pools.

    None stands for no pool: those that a process serves.
    """
    for name, row in deployed_there(client).items():
        if AT in row["name"] and row["work_pool_name"] in pools and name not in names:
            client.delete_deployment(UUID(row["id"]))


def _all(client: SyncPrefectClient, path: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in count():
        asked = {**body, "limit": PAGE, "offset": page * PAGE}
        rows = client.request("POST", path, json=asked).json()  # type: ignore[arg-type]
        found += rows
        if len(rows) < PAGE:
            break
    return found

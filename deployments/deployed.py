"""The deployments of ours that a Prefect server has."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from prefect.client.orchestration import SyncPrefectClient

TAG = "bedplate"
PAGE = 200  # what the server gives at most in one answer


def deployed_there(client: SyncPrefectClient) -> Mapping[str, Mapping[str, Any]]:
    """Return them by name, as flow/deployment; raises what Prefect's client raises."""
    rows = _all(client, "/deployments/filter", {"deployments": {"tags": {"all_": [TAG]}}})
    flows = {row["flow_id"] for row in rows}
    named = _all(client, "/flows/filter", {"flows": {"id": {"any_": sorted(flows)}}})
    names = {flow["id"]: flow["name"] for flow in named}
    return {f"{names[row['flow_id']]}/{row['name']}": row for row in rows}


def _all(client: SyncPrefectClient, path: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in count():
        asked = {**body, "limit": PAGE, "offset": page * PAGE}
        rows = client.request("POST", path, json=asked).json()  # type: ignore[arg-type]
        found += rows
        if len(rows) < PAGE:
            break
    return found

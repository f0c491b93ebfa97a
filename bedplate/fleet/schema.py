"""The JSON schema of a campaign, for editors."""

from __future__ import annotations

from bedplate.fleet.campaign import Campaign
from bedplate.spec.schema import DIALECT, Schema


def campaign_schema() -> Schema:
    """Return the schema of a campaign's document."""
    return {"$schema": DIALECT, **Campaign.model_json_schema()}

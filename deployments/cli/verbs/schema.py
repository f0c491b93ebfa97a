"""`bedplate schema`."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("schema", short_help="Write the JSON schema for editors.")(schema)


def schema(
    context: typer.Context,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="Only the schema of this kind, as Cluster."),
    ] = None,
) -> None:
    """Write the JSON schema of a specification, or of a campaign (--kind UpgradeCampaign)."""
    import json

    from bedplate.fleet.campaign import KIND as CAMPAIGN
    from bedplate.fleet.schema import campaign_schema
    from bedplate.spec.schema import schema_of, schema_of_file

    if kind == CAMPAIGN:
        found = campaign_schema()
    else:
        found = schema_of_file() if kind is None else schema_of(kind)
    context.obj.document(json.dumps(found, indent=2))

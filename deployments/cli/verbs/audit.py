"""`bedplate audit`."""

from __future__ import annotations

import typer

group = typer.Typer(no_args_is_help=True, help="The gateway's audit journal.")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="audit")


@group.command("verify")
def verify_audit(context: typer.Context) -> None:
    """Check that no line of the gateway's audit, and no event that it took, was changed."""
    from deployments.gateway.auditing import require_untouched
    from deployments.home import find_home

    lines = require_untouched(find_home())
    context.obj.say(f"The audit is as it was written: {lines} lines")

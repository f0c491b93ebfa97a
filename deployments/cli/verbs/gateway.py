"""`bedplate gateway`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

group = typer.Typer(no_args_is_help=True, help="Let ticketing systems ask for clusters.")

CertificateFile = Annotated[
    Path | None,
    typer.Option("--certificate", metavar="FILE", help="The server's certificate, in PEM form."),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Its private key, if not in the same file."),
]
ClientAuthority = Annotated[
    Path | None,
    typer.Option("--client-ca", metavar="FILE", help="Who signs the certificates of senders."),
]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.add_typer(group, name="gateway")


@group.command("serve")
def serve_gateway(
    context: typer.Context,
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port.")] = 4280,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    client_ca: ClientAuthority = None,
) -> None:
    """Take intents of the senders that gateway.yaml names, and start flows; Ctrl-C ends it."""
    from deployments.gateway.serving import Address, Tls, serve
    from deployments.home import find_home

    serve(find_home(), Address(host, port), Tls(certificate, key, client_ca), context.obj.say)


@group.command("secret")
def make_secret(context: typer.Context) -> None:
    """Make a secret for Standard Webhooks, to be kept at both ends."""
    from deployments.gateway.tokens import new_secret

    context.obj.document(new_secret())


@group.command("token")
def make_token(context: typer.Context) -> None:
    """Make a bearer token, and the digest that gateway.yaml keeps of it."""
    from deployments.gateway.tokens import new_token

    token, kept = new_token()
    context.obj.document(token)
    context.obj.warn(f"gateway.yaml keeps only this: {kept}")


@group.command("schema")
def show_schema(context: typer.Context) -> None:
    """Write the OpenAPI description of the gateway."""
    from deployments.gateway.openapi import openapi_text

    context.obj.document(openapi_text().rstrip("\n"))

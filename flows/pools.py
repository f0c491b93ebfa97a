"""Which deployment carries out a site's runs: each work pool has its own of every flow."""

from __future__ import annotations

from flows.order import load_site, site_names

DEFAULT_POOL = "bedplate"


def deployment_name(base: str, pool: str) -> str:
    """Return the name that a deployment of `prefect.yaml` has in a pool."""
    return base if pool in ("", DEFAULT_POOL) else f"{base}-{pool}"


def at_site(deployment: str, site: str) -> str:
    """Return the deployment, as flow/deployment, for a site's runs.

    A site that is not known is left to the run, which says which ones are.
    """
    flow, _, base = deployment.partition("/")
    pool = load_site(site).pool if site in site_names() else DEFAULT_POOL
    return f"{flow}/{deployment_name(base, pool)}"

"""The OpenAPI description, as docs/reference keeps it."""

from __future__ import annotations

import json

from deployments.gateway.application import application


def openapi_text() -> str:
    """Return the description as JSON text that changes only when the routes do."""
    return json.dumps(application().openapi(), indent=2, sort_keys=True) + "\n"

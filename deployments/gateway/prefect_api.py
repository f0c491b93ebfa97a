"""What it means when Prefect's API does not do as it is asked: later, and nothing is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx
from prefect.exceptions import ObjectNotFound, PrefectException

from bedplate.errors import Owner, TemporaryError


@contextlib.contextmanager
def reaching_prefect() -> Iterator[None]:
    """Raise TemporaryError PREFECT_UNREACHABLE for what Prefect's client raises."""
    try:
        yield
    except ObjectNotFound:
        raise _unreachable(
            "the deployment or the block is not at the Prefect server",
            "deploy it: bedplate setup",
        ) from None
    except (httpx.HTTPError, PrefectException, RuntimeError) as error:
        raise _unreachable(
            f"Prefect's API did not answer: {type(error).__name__}",
            "check the server at PREFECT_API_URL; what was asked for is not lost",
        ) from None


def _unreachable(seen: str, remedy: str) -> TemporaryError:
    return TemporaryError(
        "PREFECT_UNREACHABLE",
        seen,
        why="flows are started and looked at there, and sites are blocks there",
        remedy=remedy,
        owner=Owner.PLATFORM,
    )

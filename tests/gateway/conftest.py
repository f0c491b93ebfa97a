"""A gateway for each test, and the sites of the flows' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.flows.conftest import new_site, site
from tests.gateway.gate import Gate, gate

__all__ = ["new_site", "site"]


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Gate]:
    """A gateway with one source of Standard Webhooks; its worker works only when it is told to."""
    with gate(tmp_path / "home") as running:
        yield running


@pytest.fixture
def nowhere() -> Iterator[None]:
    """Prefect cannot be reached: what is reserved stays running without a run."""
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        yield

"""One Prefect server for all tests of a process that ask for it, whatever folder they are in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flows.server import Server


# Prefect is imported only where a test asks for it: it takes seconds in every process.
@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Prefect server that all tests of one process share."""
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        PREFECT_HOME,
        PREFECT_LOGGING_TO_API_BATCH_INTERVAL,
        temporary_settings,
    )
    from prefect.testing.utilities import prefect_test_harness

    chosen = {
        PREFECT_HOME: tmp_path_factory.mktemp("prefect-home"),
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        PREFECT_LOGGING_TO_API_BATCH_INTERVAL: 0.2,  # the tests wait for what was logged
    }
    with temporary_settings(chosen), prefect_test_harness(server_startup_timeout=180):
        yield Server(PREFECT_API_URL.value())


@pytest.fixture(scope="session")
def database(server: Server) -> Callable[[], bytes]:
    """Everything that the server has written down, as bytes."""
    file = database_file()
    return lambda: b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))


def database_file() -> Path:
    """Return where the server keeps what it knows."""
    from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL

    url = PREFECT_SERVER_DATABASE_CONNECTION_URL.value()
    return Path(url.removeprefix("sqlite+aiosqlite:///"))

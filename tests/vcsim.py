"""A simulated vCenter for the tests: lab/vcsim, built once, a process per test module.

Each test gets it as new: the inventory is made again, at the same address. Where Go is missing, or
the modules that it is built from can neither be reached nor found in Go's cache, the tests that ask
for it are skipped with a warning.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from bedplate.adapters.vsphere import close_all
from lab.vcenter import (
    BUILD,
    CLUSTER,
    DATASTORE,
    NETWORK,
    PASSWORD,
    POOL,
    TEMPLATES,
    USER,
    SimulatorError,
    Vcsim,
    build,
    running,
    vault_in,
)

__all__ = [
    "BUILD",
    "CLUSTER",
    "DATASTORE",
    "NETWORK",
    "PASSWORD",
    "POOL",
    "TEMPLATES",
    "USER",
    "SimulatorError",
    "Vcsim",
    "running",
    "vault_in",
    "vcsim",
    "vcsim_process",
    "vcsim_program",
]


@pytest.fixture(scope="session")
def vcsim_program() -> Path:
    """Build the simulator, or take it from the cache."""
    try:
        return build()
    except SimulatorError as error:
        text = str(error)
    # Said even where warnings are errors: this one is meant to be seen, not to fail the test.
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(pytest.PytestWarning(text), stacklevel=2)
    pytest.skip(text)


@pytest.fixture(scope="module")
def vcsim_process(vcsim_program: Path) -> Iterator[Vcsim]:
    """Run the simulator for the tests of one module."""
    with running(vcsim_program) as vcsim:
        yield vcsim


@pytest.fixture
def vcsim(vcsim_process: Vcsim) -> Iterator[Vcsim]:
    """A vCenter that nobody has used yet."""
    vcsim_process.reset()
    yield vcsim_process
    close_all()

"""A site with a yard: a place where clusters are brought up by hand, without any phase."""

import shutil
from pathlib import Path

import pytest

from bedplate.simulation import SimulatedSite
from bedplate.spec import load_file
from tests.unit.simulation.yard import Yard

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def site(tmp_path):
    return SimulatedSite(tmp_path / "site")


@pytest.fixture
def spec():
    return load_file(EXAMPLES / "vsphere-standalone.yaml")


@pytest.fixture
def stacked():
    return load_file(EXAMPLES / "vsphere-stacked-etcd.yaml")


@pytest.fixture
def yard(site, spec):
    """A yard for a cluster with external etcd; nothing is there yet."""
    return Yard(site, spec)


@pytest.fixture(scope="session")
def grown_state(tmp_path_factory):
    """A site's folder with a cluster that is up: every machine has joined, every node is ready."""
    state = tmp_path_factory.mktemp("grown") / "site"
    Yard(SimulatedSite(state), load_file(EXAMPLES / "vsphere-standalone.yaml")).grow()
    return state


@pytest.fixture
def grown(grown_state, tmp_path, spec):
    """A yard with such a cluster, of this test alone."""
    shutil.copytree(grown_state, tmp_path / "grown")
    return Yard(SimulatedSite(tmp_path / "grown"), spec)

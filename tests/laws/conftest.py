"""Clusters that are made once for all tests, and copied for each that changes them."""

import shutil

import pytest

from bedplate.engine.journal import RunState
from tests.laws.making import Place, Stages
from tests.laws.managing import TEXT, Managed, copy_of


@pytest.fixture(scope="session")
def manager_folder(tmp_path_factory):
    """The folder of a site where w01 manages itself."""
    folder = tmp_path_factory.mktemp("manager")
    place = Place(folder)
    assert place.create() is RunState.COMPLETED
    place.journal.close()
    return folder


@pytest.fixture(scope="session")
def managed_folder(manager_folder, tmp_path_factory):
    """The same, with w02 that it manages."""
    folder = tmp_path_factory.mktemp("managed") / "here"
    shutil.copytree(manager_folder, folder)
    place = Managed(folder, TEXT)
    assert place.create() is RunState.COMPLETED
    place.journal.close()
    return folder


@pytest.fixture(scope="session")
def stages(tmp_path_factory):
    """Where the create of w01 was stopped: each stage is made once, when it is first asked for."""
    return Stages(tmp_path_factory.mktemp("stages"))


@pytest.fixture
def place(tmp_path, stages):
    """Where nothing has been made yet; `begin` goes to a stage of the create."""
    found = Place(tmp_path, stages=stages)
    yield found
    found.journal.close()


@pytest.fixture
def finished(manager_folder, tmp_path):
    """A cluster that manages itself, whose folder a test may change."""
    found = Place(shutil.copytree(manager_folder, tmp_path / "place"))
    yield found
    found.journal.close()


@pytest.fixture
def fresh(manager_folder, tmp_path):
    """A place where w01 is, and w02 can be made."""
    found = copy_of(manager_folder, tmp_path / "here")
    yield found
    found.journal.close()


@pytest.fixture
def made(managed_folder, tmp_path):
    """A place where w01 is, and w02 that it manages."""
    found = copy_of(managed_folder, tmp_path / "here")
    yield found
    found.journal.close()

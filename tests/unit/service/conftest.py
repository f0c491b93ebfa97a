"""A new office for each test."""

import pytest

from tests.unit.service.office import Office


@pytest.fixture
def office(tmp_path):
    office = Office(f"sqlite:///{tmp_path}/journal.sqlite")
    yield office
    office.journal.close()

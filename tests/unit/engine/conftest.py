"""A journal in a file of its own for each test."""

import pytest

from bedplate.adapters.journal import open_journal
from tests.unit.engine.desk import Desk


@pytest.fixture
def journal(tmp_path):
    journal = open_journal(f"sqlite:///{tmp_path}/journal.sqlite")
    yield journal
    journal.close()


@pytest.fixture
def desk(journal):
    return Desk(journal)

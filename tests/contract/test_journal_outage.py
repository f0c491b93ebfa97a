"""A journal whose Postgres goes away and comes back."""

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from bedplate.adapters.journal import database, open_journal
from bedplate.errors import JournalError
from tests import postgres
from tests.debian import find_or_install

pytestmark = pytest.mark.postgres


class Server:
    """A server of its own, to be stopped and started."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        self.process = postgres.start(programs, folder)
        self.url = postgres.PostgresServer(folder).url("postgres")

    def stop(self):
        postgres.stop(self.process)

    def start(self):
        self.process = postgres.start_made(self.programs, self.folder)


@pytest.fixture
def database_server():
    programs = find_or_install(postgres.find_programs, "postgresql")
    folder = Path(tempfile.mkdtemp(prefix="bedplate-pg-", dir="/tmp"))
    made = Server(programs, folder)
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_database_that_starts_again_is_waited_for(database_server):
    journal = open_journal(database_server.url)
    database_server.stop()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(journal.runs)
        assert not wait([asked], timeout=1.5).done
        database_server.start()
        assert asked.result(timeout=60) == ()
    journal.close()


def test_a_database_that_stays_away_is_told_after_a_while(database_server, monkeypatch):
    monkeypatch.setattr(database, "OUTAGE_SECONDS", 0.2)
    journal = open_journal(database_server.url)
    database_server.stop()
    with pytest.raises(JournalError, match="JOURNAL_UNREACHABLE"):
        journal.runs()
    database_server.start()
    assert journal.runs() == ()
    journal.close()


def test_a_database_that_was_never_there_is_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "OUTAGE_SECONDS", 1e9)
    with pytest.raises(JournalError, match="JOURNAL_UNREACHABLE"):
        open_journal(f"postgresql+psycopg://bedplate@/postgres?host={tmp_path}")

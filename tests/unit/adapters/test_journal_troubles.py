"""What the user is told when the journal cannot be used, each with the real cause."""

import socket
import sqlite3
import subprocess
import sys
import traceback

import pytest
import sqlalchemy
from sqlalchemy import event

from bedplate.adapters.journal import database, open_journal
from bedplate.adapters.runner import this_runner
from bedplate.engine.journal import LineKind, Run, RunState, Writer
from bedplate.errors import JournalError

SECRET = "s3cr%t/p@ss"
RUN = Run("r1", "create", "c1", "lab", "", "f", "b", RunState.OPEN, 1.0, None, "me")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite"


@pytest.fixture
def url(path):
    return f"sqlite:///{path}"


def filled(url):
    """Return an open journal with a run, and the writer of the run."""
    journal = open_journal(url)
    journal.start_run(RUN)
    lease = journal.acquire("c1", "r1", "create", this_runner())
    return journal, Writer("c1", "r1", lease.token)


def trouble(code, act, *args):
    """Return the error's text after checking what holds for all of them."""
    with pytest.raises(JournalError) as caught:
        act(*args)
    error = caught.value
    assert (error.code, bool(error.why), bool(error.remedy)) == (code, True, True)
    shown = "".join(traceback.format_exception(error))
    assert "sqlalche.me" not in shown
    assert "direct cause" not in shown
    return error.seen


def test_a_missing_folder_is_named(tmp_path):
    seen = trouble("JOURNAL_UNREACHABLE", open_journal, f"sqlite:///{tmp_path}/no/journal.sqlite")
    assert f"the folder {tmp_path}/no does not exist" in seen


def test_a_folder_is_not_a_journal(tmp_path):
    assert "a folder" in trouble("JOURNAL_UNREACHABLE", open_journal, f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database_is_corrupt(path, url):
    path.write_bytes(b"not a database at all" * 400)
    assert str(path) in trouble("JOURNAL_CORRUPT", open_journal, url)


def test_a_damaged_database_is_corrupt(path, url):
    journal, writer = filled(url)
    for _ in range(200):
        journal.write(writer, "s", LineKind.NOTE, "n", "x" * 500)
    journal.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(bytes(content))

    def read_all():
        opened = open_journal(url)
        try:
            opened.lines("r1")
        finally:
            opened.close()

    trouble("JOURNAL_CORRUPT", read_all)


def test_a_read_only_journal_can_be_read_and_not_written(path, url):
    journal, writer = filled(url)
    journal.close()
    reader = open_journal(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert reader.run("r1") == RUN
    trouble("JOURNAL_READ_ONLY", reader.write, writer, "s", LineKind.NOTE, "n", None)
    reader.close()


def test_a_read_only_journal_that_was_never_made_says_so(path):
    path.touch()
    trouble("JOURNAL_READ_ONLY", open_journal, f"sqlite:///file:{path}?mode=ro&uri=true")


def test_a_full_disk_stops_the_write_and_keeps_what_was_written(url):
    # SQLite's own limit of pages gives the same SQLITE_FULL as a disk without room.
    def limit(connection, _):
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA max_page_count = 40")

    event.listen(sqlalchemy.Engine, "connect", limit)
    try:
        journal, writer = filled(url)
        journal.write(writer, "s", LineKind.NOTE, "small", None)
        big = (writer, "s", LineKind.NOTE, "big", "x" * 1_000_000)
        trouble("JOURNAL_FULL", journal.write, *big)
        assert [line.what for line in journal.lines("r1")] == ["small"]
        journal.close()
    finally:
        event.remove(sqlalchemy.Engine, "connect", limit)


def test_a_lock_that_outlasts_the_wait_is_reported_and_then_forgotten(path, url, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    journal, writer = filled(url)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    line = (writer, "s", LineKind.NOTE, "n", None)
    assert "locked" in trouble("JOURNAL_LOCKED", journal.write, *line)
    other.execute("ROLLBACK")
    other.close()
    journal.write(*line)
    journal.close()


def test_tables_of_a_newer_program_are_left_alone(path, url):
    open_journal(url).close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE journal_version SET version_num = '0999'")
    other.close()
    assert "0999" in trouble("JOURNAL_TOO_NEW", open_journal, url)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "journal.sqlite",
        f"://{SECRET}",
        f"mysql://me:{SECRET}@host/x",
        "sqlite://",
        "sqlite:///:memory:",
        f"sqlite://me:{SECRET}@host/path",
        "sqlite:///x?mode=memory",
        f"sqlite:///x?password={SECRET}",
        f"postgresql://me:{SECRET}@host:notaport/x",
        "postgresql://me:secret-in-pw@/x?nosuchoption=1",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(address):
    seen = trouble("JOURNAL_URL", open_journal, address)
    assert SECRET not in seen
    assert "secret-in-pw" not in seen


def test_a_postgres_that_does_not_answer_is_named_without_its_password():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        address = f"postgresql://me:hunter2secret@127.0.0.1:{port}/bedplate"
        seen = trouble("JOURNAL_UNREACHABLE", open_journal, address)
    assert f"bedplate on 127.0.0.1:{port}" in seen
    assert "hunter2secret" not in seen


@pytest.mark.postgres
def test_a_postgres_database_that_does_not_exist_is_named(postgres_server):
    assert "nosuch" in trouble("JOURNAL_UNREACHABLE", open_journal, postgres_server.url("nosuch"))


@pytest.mark.postgres
def test_a_postgres_lock_that_outlasts_the_wait_is_reported(postgres_url, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    journal, writer = filled(postgres_url)
    other = sqlalchemy.create_engine(postgres_url)
    with other.begin() as connection:
        connection.exec_driver_sql("SELECT * FROM journal_lease FOR UPDATE")
        trouble("JOURNAL_LOCKED", journal.write, writer, "s", LineKind.NOTE, "n", None)
    other.dispose()
    journal.close()


@pytest.mark.postgres
def test_a_postgres_that_only_reads_is_reported(postgres_url, postgres_server):
    journal, writer = filled(postgres_url)
    journal.close()
    name = sqlalchemy.make_url(postgres_url).database
    postgres_server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    reader = open_journal(postgres_url)
    # The fence locks the lease row, which such a server refuses already.
    trouble("JOURNAL_READ_ONLY", reader.write, writer, "s", LineKind.NOTE, "n", None)
    reader.close()


@pytest.mark.postgres
def test_a_connection_that_broke_meanwhile_is_replaced(postgres_url, postgres_server):
    journal, writer = filled(postgres_url)
    name = sqlalchemy.make_url(postgres_url).database
    postgres_server.execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    journal.write(writer, "s", LineKind.NOTE, "n", None)
    journal.close()


def test_a_journal_that_cannot_be_read_shows_no_recorded_value(url):
    journal, writer = filled(url)
    note = (writer, "s", LineKind.NOTE, "n", {"v": "recorded-value", "bad": float("nan")})
    assert "recorded-value" not in trouble("JOURNAL_VALUE", journal.write, *note)
    journal.close()


def test_a_line_written_before_a_kill_is_there_afterwards(url):
    journal, writer = filled(url)
    journal.close()
    program = f"""
import os, signal
from bedplate.adapters.journal import open_journal
from bedplate.engine.journal import LineKind, Writer
open_journal({url!r}).write(Writer("c1", "r1", {writer.token}), "s", LineKind.INTENT, "n", None)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    journal = open_journal(url)
    assert [line.what for line in journal.lines("r1")] == ["n"]
    journal.close()


def test_a_relative_path_stays_the_same_file_after_a_change_of_folder(tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    journal = open_journal("sqlite:///journal.sqlite")
    journal.close()  # the next call makes a new connection
    monkeypatch.chdir(tmp_path / "other")
    assert journal.runs() == ()
    journal.close()

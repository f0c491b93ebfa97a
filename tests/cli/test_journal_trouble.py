"""A journal that cannot be used: status 5, what to do, and nothing lost."""

import os
import re
import sqlite3
import subprocess
import sys

import pytest

from bedplate.adapters.journal import database
from tests.cli.conftest import ROOT


def create(cli, keyed):
    return cli("create", "cluster", "-f", keyed)


def expect(result, code, *texts):
    assert result.status == 5
    assert f"❌ {code}" in result.err
    assert "\n   do    " in result.err
    for text in texts:
        assert text in result.err


def test_a_journal_that_is_no_database(cli, keyed, home):
    home.mkdir()
    (home / "journal.sqlite").write_bytes(b"this is no database, although it is long" * 40)

    expect(create(cli, keyed), "JOURNAL_CORRUPT", "journal.sqlite")


def test_a_journal_that_was_damaged_in_the_middle(cli, begun, home):
    begun("--until-step", "workers")
    journal = home / "journal.sqlite"
    with sqlite3.connect(journal) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(journal.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    journal.write_bytes(bytes(content))

    expect(cli("resume"), "JOURNAL_CORRUPT", "keep the broken one")


def test_a_journal_that_another_program_keeps_locked(cli, begun, home, monkeypatch):
    begun("--until-step", "workers")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    holder = sqlite3.connect(home / "journal.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    expect(cli("resume"), "JOURNAL_LOCKED")

    holder.execute("ROLLBACK")
    holder.close()
    assert cli("resume").status == 0


def test_a_journal_that_may_only_be_read(cli, begun, home, monkeypatch):
    begun("--until-step", "workers")
    url = f"sqlite:///file:{home}/journal.sqlite?mode=ro&uri=true"
    monkeypatch.setenv("BEDPLATE_JOURNAL", url)

    assert cli("runs").status == 0
    expect(cli("resume"), "JOURNAL_READ_ONLY", "writable")


def test_a_journal_whose_folder_does_not_exist(cli, keyed, monkeypatch):
    monkeypatch.setenv("BEDPLATE_JOURNAL", "sqlite:////nowhere/at/all/journal.sqlite")

    expect(create(cli, keyed), "JOURNAL_UNREACHABLE")


def test_a_journal_address_that_is_none(cli, keyed, monkeypatch):
    monkeypatch.setenv("BEDPLATE_JOURNAL", "carrier-pigeon://somewhere")

    expect(create(cli, keyed), "JOURNAL_URL")


def test_the_password_in_a_journal_address_is_never_shown(cli, keyed, monkeypatch):
    url = "postgresql+psycopg://me:hush-hush@127.0.0.1:1/journal"
    monkeypatch.setenv("BEDPLATE_JOURNAL", url)

    result = create(cli, keyed)

    expect(result, "JOURNAL_UNREACHABLE")
    assert "hush-hush" not in result.out + result.err


# In a mount namespace of its own, which goes with the shell: a disk that is full in between.
FULL_DISK = """
mount -t tmpfs -o size=16m tmpfs "$1"
create() { "$2" -P -m deployments.cli.main create cluster -f "$3" "$4" "$5"; echo "status $?"; }
create "$1" "$2" "$3" --until-step preflight
head -c 20m /dev/zero >"$1/filler"
create "$1" "$2" "$3" --until-step bootstrap
rm "$1/filler"
create "$1" "$2" "$3" --until-step bootstrap
"""


def test_a_disk_that_fills_up_under_the_journal(keyed, home, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    unshare = ["unshare", "--mount", "sh", "-c"]
    if subprocess.run([*unshare, f"mount -t tmpfs tmpfs {disk}"], capture_output=True).returncode:
        pytest.skip("a full disk needs the right to mount one")
    environment = {**os.environ, "BEDPLATE_JOURNAL": f"sqlite:///{disk}/journal.sqlite"}
    shell = [*unshare, FULL_DISK, "sh", str(disk), sys.executable, str(keyed)]

    done = subprocess.run(shell, capture_output=True, text=True, env=environment, cwd=ROOT)

    statuses = [line for line in done.stdout.splitlines() if line.startswith("status")]
    assert statuses == ["status 0", "status 5", "status 0"]
    # SQLite may first miss the room for its shared memory, which it calls an I/O error.
    assert re.search("❌ JOURNAL_(FULL|IO)", done.stderr)
    assert re.search("do    .*(room|space)", done.stderr)
    assert "Traceback" not in done.stderr

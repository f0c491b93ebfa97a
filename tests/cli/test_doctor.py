"""`bedplate setup` and `bedplate doctor` where there is no Prefect server."""

import sqlite3
from contextlib import closing

import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_CLIENT_MAX_RETRIES,
    temporary_settings,
)

from bedplate.adapters.journal import open_journal
from tests.contract.servers import web


@pytest.fixture(autouse=True)
def no_server():
    """Prefect read the environment when it was imported."""
    named = {PREFECT_API_URL: "http://127.0.0.1:9/api", PREFECT_CLIENT_MAX_RETRIES: 0}
    with temporary_settings(named):
        yield


def test_a_site_cannot_be_given_to_two_pools(cli):
    result = cli("setup", "--pool", "one=simulated", "--pool", "two=simulated")
    assert result.status == 2
    assert "SITE_TWICE" in result.err


def test_a_pool_is_for_sites_that_are_known(cli):
    result = cli("setup", "--pool", "one=nowhere")
    assert (result.status, "SITE_UNKNOWN" in result.err) == (2, True)


def test_a_pool_has_a_name(cli):
    result = cli("setup", "--pool", "=simulated")
    assert (result.status, "POOL_UNNAMED" in result.err) == (2, True)


def test_setup_says_that_the_server_does_not_answer(cli):
    result = cli("setup")
    assert result.status == 1
    assert "PREFECT_SILENT" in result.err
    assert "curl http://127.0.0.1:9/api/health" in result.err


def test_doctor_says_what_it_could_not_look_at_and_looks_at_the_rest(cli):
    result = cli("doctor")
    assert result.status == 1
    assert "❌ prefect-api" in result.out
    assert "… workers — not looked at without prefect-api" in result.out
    assert "✅ journals" in result.out


def test_a_journal_that_cannot_be_reached_is_told_without_its_password(cli, monkeypatch):
    secret = "postgresql+psycopg://bedplate:of-the-journal@127.0.0.1:9/bedplate"
    monkeypatch.setenv("BEDPLATE_JOURNAL", secret)
    result = cli("doctor", "--output", "json")
    (found,) = [one for one in result.document["checks"] if one["name"] == "journals"]
    assert found["found"][0]["error"]["code"] == "JOURNAL_UNREACHABLE"
    assert "of-the-journal" not in result.out + result.err


def test_doctor_makes_no_journal(cli, home):
    cli("doctor")
    assert not (home / "journal.sqlite").exists()


def test_setup_does_not_let_prefect_start_a_server_of_its_own(cli):
    with temporary_settings({PREFECT_API_URL: None}):
        result = cli("setup")
    assert (result.status, "PREFECT_UNNAMED" in result.err) == (2, True)


def test_a_journal_of_an_older_version_is_told_and_left_as_it_is(cli, home):
    journal = home / "journal.sqlite"
    home.mkdir()
    open_journal(f"sqlite:///{journal}").close()
    with closing(sqlite3.connect(journal)) as database, database:
        database.execute("UPDATE journal_version SET version_num = '0001'")

    result = cli("doctor", "--output", "json")

    told = _check(result.document, "journals")["found"][0]
    assert (told["error"]["code"], told["severity"]) == ("JOURNAL_OLD", "warn")
    assert "make a copy of the database" in told["error"]["remedy"]
    with closing(sqlite3.connect(journal)) as database:
        assert database.execute("SELECT version_num FROM journal_version").fetchone() == ("0001",)


@pytest.mark.parametrize("answer", [b'"pong"', b"<html>hello</html>", b"{}", b'"1.0"'])
def test_a_server_that_is_not_prefects_is_told_and_nothing_is_asked_of_it(cli, answer):
    other = (200, {"Content-Type": "application/json"}, answer)
    with web(lambda _: other) as server:
        named = {PREFECT_API_URL: f"http://127.0.0.1:{server.port}/api"}
        with temporary_settings(named):
            result = cli("doctor", "--output", "json")
            refused = cli("setup")

    assert _check(result.document, "prefect-api")["found"][0]["error"]["code"] == "PREFECT_OTHER"
    assert _check(result.document, "clock-server")["state"] == "not-looked-at"
    assert (refused.status, "PREFECT_OTHER" in refused.err) == (1, True)
    assert set(server.seen) == {"GET /api/admin/version"}


def _check(document, name):
    (found,) = [one for one in document["checks"] if one["name"] == name]
    return found

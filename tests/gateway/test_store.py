"""The store, on SQLite and on Postgres: keys, turns, claims, and the audit."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.gateway.intents import Intent, business_key, sha256
from deployments.gateway.problems import Conflict
from deployments.gateway.states import State
from deployments.gateway.store import Change, Event, Kept, Message, Store
from deployments.gateway.store.schema import metadata
from deployments.gateway.store.tables import MIGRATIONS, REVISIONS, VERSION_TABLE

NOW = 1000.0


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/gateway.sqlite"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = Store(url)
    yield made
    made.close()


def wish(**changed: Any) -> Intent:
    given = {"ticket": "CHG1", "revision": "1", "verb": "create", "cluster": "w01"}
    return Intent(**given | changed)


def kept(intent: Intent) -> Kept:
    return Kept(
        id=uuid.uuid4().hex,
        key=business_key("portal", intent),
        fingerprint=intent.fingerprint(),
        source="portal",
        intent=intent,
        state=State.READY,
        version=0,
        created_at=NOW,
        changed_at=NOW,
    )


def receive(store: Store, delivery: str = "d1", body: bytes = b"{}", **changed: Any):
    event = Event("portal", "127.0.0.1", delivery, sha256(body), body, "accepted")
    return store.receive(event, kept(wish(**changed)), NOW, NOW)


def test_of_many_deliveries_of_one_wish_at_once_one_is_new(store: Store):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: receive(store, f"d{n}"), range(24)))
    assert sum(not one.is_duplicate for one in found) == 1
    assert len({one.kept.id for one in found}) == 1
    assert store.verify_audit() == ()


def test_of_two_intents_for_one_cluster_one_is_reserved(store: Store):
    wishes = [receive(store, f"d{n}", revision=str(n)).kept for n in range(8)]
    running = Change(State.RUNNING, NOW)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: store.reserve(one, running, NOW, ()), wishes))
    winners = [one for one in found if isinstance(one, Kept)]
    assert len(winners) == 1
    assert {one for one in found if isinstance(one, str)} == {winners[0].id}


def test_what_is_due_is_claimed_by_one_worker_and_comes_back_when_it_is_killed(store: Store):
    receive(store)
    with ThreadPoolExecutor(4) as pool:
        claimed = [one for one in pool.map(lambda _: store.claim(NOW), range(4)) if one]
    assert len(claimed) == 1
    assert store.claim(NOW + 59) is None
    assert store.claim(NOW + 61) is not None


def test_of_two_workers_that_change_an_intent_the_second_changes_nothing(store: Store):
    before = receive(store).kept
    store.change(before, Change(State.REFUSED, None), NOW)
    after = store.change(before, Change(State.RUNNING, NOW), NOW)
    assert after.state is State.REFUSED


def test_a_conflict_is_kept_as_an_event_too(store: Store):
    receive(store)
    with pytest.raises(Conflict):
        receive(store, body=b"{ }", revision="2")
    assert store.verify_audit() == ()
    assert store.audit_lines() == 3


def message(number: int, before: Kept, kind: str = "progress") -> Message:
    body = {"kind": kind, "text": str(number)}
    return Message(0, uuid.uuid4().hex, before.id, "ticket", body, 0)


def test_progress_that_was_not_told_is_replaced_and_a_result_comes_after_it(store: Store):
    now = receive(store).kept
    for number, kind in enumerate(["progress", "progress", "result"]):
        told = [message(number, now, kind)]
        now = store.change(now, Change(State.RUNNING, NOW), NOW, told)

    first = store.claim_message(NOW)
    assert first is not None
    assert first.body["text"] == "1"
    assert store.claim_message(NOW) is None
    store.settle_message(first, NOW, None, "delivered")
    second = store.claim_message(NOW)
    assert second is not None
    assert second.body["text"] == "2"


def test_the_tables_made_at_once_and_those_of_the_migrations_are_the_same(url: str):
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        made = f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
        connection.execute(sa.text(made))
    Store(url).close()
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_revisions_named_are_those_of_the_migrations():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(reversed([script.revision for script in scripts])) == REVISIONS


TABLES = {
    "gateway_audit": ["number", "at", "what", "intent_id", "detail", "digest"],
    "gateway_event": [
        "number",
        "at",
        "source",
        "peer",
        "delivery",
        "body",
        "body_digest",
        "verdict",
    ],
    "gateway_audit_end": ["number", "digest"],
}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_what_was_recorded_is_found(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("store")
    store = Store(f"sqlite:///{folder}/gateway.sqlite")
    for number in range(3):
        now = receive(store, f"d{number}", b"{%d}" % number, revision=str(number)).kept
        store.change(now, Change(State.REFUSED, None, "no"), NOW)
    assert store.verify_audit() == ()

    table = data.draw(st.sampled_from(sorted(TABLES)))
    engine = sa.create_engine(f"sqlite:///{folder}/gateway.sqlite")
    with engine.begin() as connection:
        rows = list(connection.exec_driver_sql(f"SELECT rowid FROM {table}").scalars())
        row = data.draw(st.sampled_from(rows))
        if data.draw(st.booleans()):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE rowid = {row}")
        else:
            column = data.draw(st.sampled_from(TABLES[table]))
            value = f"{column} + 100" if column in ("number", "at") else f"{column} || 'x'"
            value = data.draw(st.sampled_from([value, "NULL"])) if column == "body" else value
            change = f"UPDATE {table} SET {column} = {value} WHERE rowid = {row}"
            connection.exec_driver_sql(change)
    engine.dispose()
    assert store.verify_audit() != ()
    store.close()

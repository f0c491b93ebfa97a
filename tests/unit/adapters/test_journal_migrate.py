"""The tables made at once and the tables made by the migrations are the same."""

import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bedplate.adapters.journal import open_journal
from bedplate.adapters.journal.campaigns import open_campaigns
from bedplate.adapters.journal.migrate import MIGRATIONS, REVISIONS, VERSION_TABLE
from bedplate.adapters.journal.schema import metadata
from bedplate.fleet.book import CampaignRow
from bedplate.fleet.states import CampaignState, Wanted
from tests.unit.fleet.fleets import plan_of


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request, tmp_path):
    if request.param == "sqlite":
        engine = sa.create_engine(f"sqlite:///{tmp_path}/journal.sqlite")
    else:
        engine = sa.create_engine(request.getfixturevalue("postgres_url"))
    yield engine
    engine.dispose()


def differences(engine):
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def version(engine):
    with engine.connect() as connection:
        return connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one()


def test_a_new_database_gets_todays_tables(engine):
    open_journal(str(engine.url)).close()
    assert (differences(engine), version(engine)) == ([], REVISIONS[-1])


def test_a_database_before_the_first_revision_is_migrated_to_the_same_tables(engine):
    with engine.begin() as connection:
        connection.execute(
            sa.text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        )
    open_journal(str(engine.url)).close()
    assert (differences(engine), version(engine)) == ([], REVISIONS[-1])


def test_a_campaign_of_version_0003_keeps_its_plan_and_its_site_is_not_known(engine):
    plan = plan_of({"all": [["store-1"]]})
    state, wanted = CampaignState.RUNNING, Wanted.RUN
    row = CampaignRow("retail-1", "retail", plan, 0, state, wanted, "", "ann", 1.0, site="berlin")
    with closing(open_campaigns(str(engine.url))) as book:
        book.add(row)
    with engine.begin() as connection:
        for column in ("site", "wished_at"):
            connection.execute(sa.text(f"ALTER TABLE journal_campaign DROP COLUMN {column}"))
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '0003'"))

    with closing(open_campaigns(str(engine.url))) as book:
        found = book.find("retail")

    assert found == replace(row, site="")


def test_the_revisions_named_are_those_of_the_migrations():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(reversed([script.revision for script in scripts])) == REVISIONS


def test_an_opening_does_not_wait_for_alembic(tmp_path):
    url = f"sqlite:///{tmp_path}/journal.sqlite"
    program = (
        "import sys; from bedplate.adapters.journal import open_journal;"
        f"open_journal({url!r}).close(); open_journal({url!r}).close();"
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr

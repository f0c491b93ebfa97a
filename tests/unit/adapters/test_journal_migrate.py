"""The tables made at once and the tables made by the migrations are the same."""

import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bedplate.adapters.journal import open_journal
from bedplate.adapters.journal.migrate import MIGRATIONS, REVISIONS, VERSION_TABLE
from bedplate.adapters.journal.schema import metadata


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

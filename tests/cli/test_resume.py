"""`bedplate resume`: which run is meant, and what goes on."""

import pytest


@pytest.fixture
def stopped(begun):
    """A run that stopped before the pivot; its id."""
    return begun("--until-step", "workers")


def test_the_only_open_run_needs_no_name(cli, stopped):
    result = cli("resume")

    assert result.status == 0
    assert result.lines[0] == f"Going on with run {stopped} of w01"
    assert "Kept: workers (already so)" in result.lines
    assert "🎉 Cluster created!" in result.lines


@pytest.mark.parametrize("length", [12, 5])
def test_a_run_is_named_by_its_id_or_the_beginning_of_it(cli, stopped, length):
    assert cli("resume", stopped[:length]).status == 0


def test_a_run_is_named_by_its_cluster(cli, stopped):
    assert cli("resume", "w01").status == 0


def test_among_several_open_runs_one_must_be_named(cli, stopped, spec_file):
    other = spec_file(("w01", "w02"), ("198.18.0.10", "198.18.0.20"), name="other.yaml")
    cli("create", "cluster", "-f", other, "--until-step", "bootstrap")

    result = cli("resume")

    assert result.status == 2
    assert "❌ RUN_AMBIGUOUS" in result.err
    assert f"{stopped}  create w01 (open)" in result.err
    assert "create w02 (open)" in result.err


def test_a_completed_run_is_not_resumed(cli, stopped):
    cli("resume")

    result = cli("resume", stopped)

    assert result.status == 2
    assert "❌ RUN_ENDED" in result.err


def test_a_changed_specification_reopens_what_depends_on_it(cli, stopped, keyed):
    keyed.write_text(keyed.read_text().replace("      count: 2\n", "      count: 3\n"))

    result = cli("resume", "-f", keyed, "-o", "json")

    assert result.status == 0
    (workers,) = [step for step in result.document["steps"] if step["name"] == "workers"]
    assert len(workers["attempts"]) == 2


def test_the_journal_keeps_an_aborted_run_from_being_resumed(cli, stopped):
    assert cli("abort", stopped, "--yes-delete", "w01").status == 0

    assert cli("resume", stopped).status == 2

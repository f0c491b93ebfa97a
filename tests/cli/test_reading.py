"""The verbs that only look: plan, runs, show, steps, sites, version."""

import sqlite3

import pytest

from bedplate.operations import CREATE
from tests.cli.conftest import PIVOT_FAULT


@pytest.fixture
def failed(begun):
    """A run that failed at the pivot; its id."""
    return begun("--fault", PIVOT_FAULT)


def test_a_plan_lists_the_steps_and_what_they_need(cli, keyed):
    out = cli("plan", "create", "-f", keyed).out

    assert "01 preflight        do" in out
    assert "13 in all, surge included" in out
    assert "12 machines, 24 CPUs, 96 GiB of memory" in out
    assert "expected time: unknown, no earlier run at this site" in out


def test_a_plan_changes_nothing_and_takes_no_lease(cli, keyed, home):
    cli("plan", "create", "-f", keyed)

    assert cli("runs").out == "There are no runs yet\n"
    assert not (home / "journal.sqlite").exists()
    world = sqlite3.connect(home / "sites" / "simulated" / "world.sqlite")
    with world:
        assert world.execute("SELECT count(*) FROM vm_events").fetchone() == (0,)
    world.close()


def test_a_plan_of_an_open_run_keeps_what_is_so(cli, keyed, failed):
    plan = cli("plan", "create", "-f", keyed, "-o", "json").document

    actions = {step["name"]: step["action"] for step in plan["steps"]}
    assert plan["run"] == failed
    assert actions["workers"] == "keep"
    assert actions["pivot"] == "do"


def test_a_plan_refuses_what_the_run_would_refuse(cli, keyed, failed):
    keyed.write_text(keyed.read_text().replace("198.18.0.10", "198.18.0.11"))

    assert cli("plan", "create", "-f", keyed).status == 6


def test_the_time_that_a_plan_expects_comes_from_earlier_runs(cli, begun, spec_file):
    begun()
    other = spec_file(("w01", "w02"), ("198.18.0.10", "198.18.0.20"), name="other.yaml")

    plan = cli("plan", "create", "-f", other, "-o", "json").document

    assert plan["expected"]["samples"] == 1
    assert 60 < plan["expected"]["p50"] <= plan["expected"]["p90"]


def test_runs_are_listed_with_the_newest_first(cli, begun, spec_file):
    begun()
    other = spec_file(("w01", "w02"), ("198.18.0.10", "198.18.0.20"), name="other.yaml")
    cli("create", "cluster", "-f", other, "--until-step", "bootstrap")

    clusters = [run["cluster"] for run in cli("runs", "-o", "json").document["runs"]]

    assert clusters == ["w02", "w01"]
    assert "w02" not in cli("runs", "--cluster", "w01").out


def test_a_run_is_shown_by_its_id_the_beginning_of_it_or_its_cluster(cli, failed):
    shown = [cli("show", name).out for name in (failed, failed[:6], "w01")]

    assert shown[0] == shown[1] == shown[2]


def test_a_failed_run_is_shown_with_its_attempts_the_failure_and_the_way_on(cli, failed):
    out = cli("show", failed).out

    assert "create w01: failed" in out
    assert "11 pivot            failed" in out
    assert "└ attempt 1" in out
    assert "❌ AUTH_DENIED" in out
    assert "13 cluster-objects  not begun" in out
    assert f"go on with: bedplate resume {failed}" in out


def test_a_run_whose_site_is_gone_is_shown_as_the_journal_knows_it(cli, begun, home):
    run = begun_at_lab(begun, home)
    assert cli("show", run).status == 0
    (home / "sites.yaml").unlink()

    shown = cli("show", run)

    assert shown.status == 0
    assert "create w01: stopped" in shown.out
    assert "site     lab, which sites.yaml no longer names" in shown.out
    assert "02 bootstrap        completed" in shown.out
    assert f"to go on, name lab in sites.yaml again; then: bedplate resume {run}" in shown.out


def test_the_document_of_a_run_says_whether_its_site_is_known(cli, begun, home):
    run = begun_at_lab(begun, home)
    assert cli("show", run, "-o", "json").document["site_known"] is True
    (home / "sites.yaml").unlink()

    document = cli("show", run, "-o", "json").document

    assert document["site_known"] is False
    assert document["run"]["site"] == "lab"
    assert document["kubeconfig"] is None


def begun_at_lab(begun, home):
    """A run at a site that sites.yaml names; its id."""
    run = begun("--until-step", "workers")
    (home / "sites.yaml").write_text("lab: {state: sites/simulated}\n")
    with sqlite3.connect(home / "journal.sqlite") as journal:
        journal.execute("UPDATE journal_run SET site = 'lab'")
    journal.close()
    return run


def test_a_run_at_a_site_that_can_only_be_looked_at_is_shown(cli, begun, home):
    run = begun_at_lab(begun, home)
    (home / "sites.yaml").write_text("lab: {kind: vsphere}\n")

    assert cli("show", run).status == 0


def test_what_is_left_of_a_run_is_estimated_from_earlier_ones(cli, begun, spec_file):
    begun()
    other = spec_file(("w01", "w02"), ("198.18.0.10", "198.18.0.20"), name="other.yaml")
    cli("create", "cluster", "-f", other, "--until-step", "bootstrap")

    left = cli("show", "w02", "-o", "json").document["left"]

    assert left["samples"] == 1
    assert 0 < left["p50"] < 600


def test_the_table_of_an_operation_is_shown_in_its_order(cli):
    document = cli("steps", "create", "-o", "json").document

    assert [step["name"] for step in document["steps"]] == [step.name for step in CREATE.steps]
    assert document["one_way"] == "pivot"
    assert "11 pivot (no way back)" in cli("steps", "create").out


def test_the_table_is_drawn_for_pages(cli):
    assert cli("steps", "create", "--mermaid").out.startswith("flowchart TD\n")


def test_sites_are_listed(cli):
    sites = {site["name"]: site for site in cli("sites", "-o", "json").document["sites"]}

    assert set(sites) == {"simulated", "vsphere"}


def test_the_version_is_shown(cli):
    assert cli("version").out.startswith("Bedplate ")
    assert cli("version", "-o", "json").document["python"].startswith("3.")


def test_tables_are_plain_where_nobody_looks(cli, failed):
    out = cli("show", failed).out

    assert "\x1b" not in out
    assert all(line == line.rstrip() for line in out.splitlines())

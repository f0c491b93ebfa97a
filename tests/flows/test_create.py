"""Creating a cluster through Prefect: what the run, its task runs, its report and its logs say."""

import re

import pytest

from bedplate.engine.journal import RunState
from bedplate.operations import CREATE
from tests.flows.conftest import SPEC

LABELS = [step.label for step in CREATE.steps]
PIVOT_DENIED = "kube.cluster.create:Machine=deniedx1"
BEFORE_PIVOT = LABELS[: CREATE["pivot"].number - 1]


@pytest.fixture(scope="module")
def created(new_site):
    """A cluster created without a fault."""
    site = new_site()
    return site, site.create(requested_by="CHG0042")


def test_a_pasted_specification_becomes_a_cluster(created):
    site, ran = created
    assert ran.state.is_completed(), ran.message
    (run,) = site.journal().runs("w01")
    assert (run.state, run.site, run.requested_by) == (RunState.COMPLETED, site.name, "CHG0042")


def test_the_run_carries_operation_and_cluster_in_name_and_tags(created, server):
    run = server.run(created[1].id)
    assert run["name"] == "create w01"
    assert {"cluster:w01", "operation:create"} <= set(run["tags"])


def test_every_step_is_a_task_run_whose_name_sorts_as_the_table(created, server):
    states = server.states(created[1].id, names=LABELS)
    assert sorted(states) == LABELS
    done = set(LABELS) - {"14 gitops"}
    assert {name for name, state in states.items() if state == "Completed"} == done


def test_a_step_that_the_specification_does_not_ask_for_is_kept_and_says_so(created, server):
    row = server.rows(created[1].id, names=["14 gitops"])["14 gitops"]
    assert row["state_name"] == "Kept"
    assert row["state"]["message"] == "GitOps field not specified, bootstrap flux skipped"


def test_task_runs_hang_together_as_the_table_says(created, server):
    rows = server.rows(created[1].id, names=LABELS)
    before = {one["id"] for one in rows["11 pivot"]["task_inputs"]["wait_for"]}
    assert before == {rows["07 workers"]["id"], rows["10 secrets"]["id"]}


def test_the_report_shows_the_plan_and_every_step_with_its_time(created, server):
    (report,) = server.reports(created[1].id)
    assert "## ✅ Completed" in report
    assert "**Plan**: 1 to look at again, 16 to do" in report
    assert "**Requested by**: CHG0042" in report
    assert all(f"| {label} |" in report for label in LABELS)
    # Simulated time also passes while the machine is busy elsewhere, so the seconds are a few more.
    assert re.search(r"\| 02 bootstrap \| ✅ completed \| [34]\d s \| 1 \|", report)
    assert "| 14 gitops | ⏩ kept |" in report


def test_what_the_domain_logs_appears_at_the_step_that_logged_it(created, server):
    _, ran = created
    rows = server.rows(ran.id, names=LABELS)
    lines = server.logs(ran.id, until="Creating new workload cluster")
    (line,) = [line for line in lines if line["message"] == "Creating new workload cluster"]
    assert line["task_run_id"] == rows["05 control-plane"]["id"]


def test_a_failed_run_says_what_was_seen_and_what_to_do_and_a_new_run_goes_on(site, server):
    failed = site.create(faults=[PIVOT_DENIED])
    assert failed.state.is_failed()
    assert failed.message.startswith("pivot: AUTH_DENIED: kube.cluster.create Machine")
    assert failed.message.endswith(" — clear the fault (bedplate faults --clear), then resume")
    (report,) = server.reports(failed.id)
    assert "## ❌ Failed" in report
    assert "## 11 pivot: `AUTH_DENIED`" in report
    assert "**What to do**: clear the fault (bedplate faults --clear), then resume" in report
    assert "| 13 cluster-objects | to do |" in report

    resumed = site.create(faults=[PIVOT_DENIED])

    assert resumed.state.is_completed(), resumed.message
    states = server.states(resumed.id, names=LABELS)
    assert [states[label] for label in BEFORE_PIVOT] == ["Kept"] * len(BEFORE_PIVOT)
    assert states["11 pivot"] == "Completed"
    assert len(site.journal().runs("w01")) == 1


def test_a_finished_cluster_needs_nothing(created, server):
    site, _ = created
    again = site.create()
    assert again.message == "Nothing to do: w01 is as the specification says"
    assert set(server.states(again.id, names=LABELS).values()) == {"Kept"}


def test_prefect_tries_a_step_again_after_a_temporary_failure(site, server):
    ran = site.create(faults=["kube.bootstrap.apply:MachineHealthCheck=500x1"])
    assert ran.state.is_completed(), ran.message
    assert server.rows(ran.id, names=LABELS)["07 workers"]["run_count"] == 2
    assert server.logs(ran.id, until="trying again after")


def test_a_temporary_failure_that_stays_ends_the_run_after_as_many_attempts_as_there_is_patience(
    site, server
):
    ran = site.create(faults=["kube.bootstrap.apply:MachineHealthCheck=500"])
    patience = CREATE["workers"].phase.patience
    assert ran.message.startswith("workers: API_UNAVAILABLE: ")
    assert server.rows(ran.id, names=["07 workers"])["07 workers"]["run_count"] == patience.tries


def test_a_run_can_end_after_a_step_and_another_goes_on_from_there(site, server):
    part = site.create(until_step="bootstrap")
    assert part.state.name == "Partly"
    settled = ["01 preflight", "02 bootstrap"]
    assert sorted(server.states(part.id, names=settled)) == settled

    rest = site.create(from_step="providers", until_step="providers")
    expected = {"03 providers": "Completed"} | dict.fromkeys(settled, "Kept")
    assert server.states(rest.id, names=expected) == expected


def test_a_step_is_not_begun_while_an_earlier_one_is_unsettled(site):
    ran = site.create(from_step="pivot")
    assert ran.state.is_failed()
    assert ran.message.startswith("STEP_UNSETTLED: --from-step pivot: preflight, bootstrap")


def test_a_wrong_specification_fails_the_run_with_every_problem_and_its_place(site):
    ran = site.create(spec=SPEC.replace("count: 3", "count: many", 1))
    assert ran.state.is_failed()
    assert "CFG_INVALID: the pasted specification:" in ran.message
    assert not site.journal().runs()


def test_a_specification_can_be_named_by_its_file(site):
    (site.folder / "specs" / "w01.yaml").write_text(SPEC)
    ran = site.create(spec="", spec_file="w01.yaml", until_step="preflight")
    assert ran.state.is_completed(), ran.message


@pytest.mark.parametrize("name", ["../secret.yaml", "/etc/passwd"])
def test_no_file_outside_the_folder_of_specifications_is_read(site, name):
    (site.folder / "secret.yaml").write_text(SPEC)
    ran = site.create(spec="", spec_file=name)
    assert ran.message.startswith(f"SPEC_OUTSIDE: {name!r} is no file in the folder")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"spec": ""}, "SPEC_CHOICE: no specification was given"),
        ({"spec_file": "w01.yaml"}, "SPEC_CHOICE: both a specification and a file was given"),
        ({"site": "nowhere"}, "SITE_UNKNOWN: there is no site 'nowhere'"),
        ({"faults": ["pivot breaks"]}, "FAULT_UNKNOWN: 'pivot breaks' is no fault"),
    ],
)
def test_what_cannot_be_done_fails_at_once_and_says_why(site, given, said):
    ran = site.create(**given)
    assert ran.state.is_failed()
    assert ran.message.startswith(said)
    assert " — " in ran.message

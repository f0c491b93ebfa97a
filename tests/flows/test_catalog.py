"""prefect.yaml: what it lists can be loaded, and a server takes it."""

import os
import subprocess
import sys

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate

from deployments.catalog import FILE, entries
from deployments.deployed import deployed_there, forget_former
from deployments.home import Home
from deployments.installing import Pool, install
from deployments.switches import keep_switched
from flows.janitor import OPERATIONS
from tests.flows.conftest import ROOT

DEPLOY_ALL = ["--no-prompt", "deploy", "--all", "--prefect-file"]


def test_every_entrypoint_is_a_flow_and_says_the_same_as_the_list():
    for entry in entries():
        assert entry.flow().description == entry.description


def test_the_janitor_looks_after_every_operation():
    resumable = {e.flow().name for e in entries() if not {"housekeeping", "report"} & set(e.tags)}
    assert set(OPERATIONS) == resumable


@pytest.mark.parametrize(
    "operation",
    [
        "create",
        "upgrade",
        "scale",
        "backup",
        "restore",
        "delete",
        "renew-certificates",
        "rotate-credentials",
        "drift",
        "certificates",
        "backups",
    ],
)
def test_the_form_has_titles_and_explanations_for_every_parameter(operation):
    (found,) = [entry.flow() for entry in entries() if entry.name == operation]
    for name, shown in found.parameters.properties.items():
        assert shown["title"] != name
        assert shown["description"].endswith(".") or shown["description"].endswith("is.")


def test_schedules_are_served_as_the_list_has_them():
    made = {entry.name: entry.made(("here",))[0].model_dump(mode="json") for entry in entries()}
    (daily,) = made["drift"]["schedules"]
    (often,) = made["janitor"]["schedules"]
    assert (daily["schedule"]["cron"], often["schedule"]["interval"]) == ("20 5 * * *", 120)


def test_each_of_several_sites_has_a_deployment_of_its_own_for_what_is_scheduled():
    listed = {entry.name: entry for entry in entries()}
    sites = ("here", "there")
    assert listed["create"].names(sites) == {"create": ""}
    assert listed["drift"].names(sites) == {
        "drift": "",
        "drift@here": "here",
        "drift@there": "there",
    }
    assert listed["drift"].names(("here",), "near") == {"drift-near": "here"}
    assert listed["janitor"].names(sites, "near") == {"janitor": ""}
    whole, *own = listed["drift"].made(sites)
    assert (whole.schedules, whole.parameters) == ([], {})
    assert [one.parameters["site"] for one in own] == ["here", "there"]


@pytest.mark.parametrize("sites", [("here",), ("here", "there")])
def test_a_schedule_keeps_its_site_when_people_switch_it(server, home, sites):
    pool = f"switched-{len(sites)}"
    install(home, [Pool(pool, sites=sites)])
    at = f"drift/drift-{pool}" if len(sites) == 1 else f"drift/drift-{pool}@here"
    switch(at, active=False)
    switch(at, active=True)
    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(at)
        (schedule,) = found.schedules
    assert (found.parameters | schedule.parameters)["site"] == "here"


def test_what_people_switched_stays_so_when_everything_is_deployed_again(server, home):
    sites = [Pool("stays", sites=("here", "there"))]
    install(home, sites)
    switch("fleet-upgrade/fleet-monthly-stays@here", active=True)
    switch("drift/drift-stays@there", active=False)

    install(home, sites)

    monthly, drift = "fleet-upgrade/fleet-monthly-stays", "drift/drift-stays"
    assert [is_on(f"{monthly}@{site}") for site in ("here", "there")] == [True, False]
    assert [is_on(f"{drift}@{site}") for site in ("here", "there")] == [True, False]


def test_a_new_site_begins_as_the_list_has_it_and_a_former_one_is_forgotten(server, home):
    both = [Pool("grows", sites=("here", "there"))]
    install(home, both)
    switch("fleet-upgrade/fleet-monthly-grows@here", active=True)

    install(home, [Pool("grows", sites=("here", "there", "new"))])
    assert is_on("fleet-upgrade/fleet-monthly-grows@new") is False
    install(home, both)

    with get_client(sync_client=True) as client:
        names = {name for name in deployed_there(client) if "-grows@" in name}
    assert {name.partition("@")[2] for name in names} == {"here", "there"}
    assert is_on("fleet-upgrade/fleet-monthly-grows@here")


def test_serve_leaves_what_people_switched(server):
    (monthly,) = [entry for entry in entries() if entry.name == "fleet-monthly"]
    (made,) = monthly.made(("here",))
    made.apply()
    switch("fleet-upgrade/fleet-monthly", active=True)

    with get_client(sync_client=True) as client:
        (again,) = monthly.made(("here",))
        keep_switched(client, again)
        again.apply()

    assert is_on("fleet-upgrade/fleet-monthly")


def test_serve_forgets_the_deployment_of_a_site_that_is_not_named_any_more(server):
    (drift,) = [entry for entry in entries() if entry.name == "drift"]
    for made in drift.made(("served", "former")):
        made.apply()
    with get_client(sync_client=True) as client:
        wanted = [one.full_name for one in drift.made(("served",))]
        forget_former(client, wanted, ["another-pool"])
        assert {"drift/drift@served", "drift/drift@former"} <= deployed_there(client).keys()
        forget_former(client, wanted, [None])
        assert not {"drift/drift@served", "drift/drift@former"} & deployed_there(client).keys()
        assert "drift/drift" in deployed_there(client)


def switch(deployment, *, active):
    """Do what the switch of a schedule does in the UI."""
    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(deployment)
        (schedule,) = found.schedules
        client.update_deployment_schedule(found.id, schedule.id, active=active)


def is_on(deployment):
    with get_client(sync_client=True) as client:
        (schedule,) = client.read_deployment_by_name(deployment).schedules
    return schedule.active


@pytest.fixture
def home(tmp_path):
    """A home whose file names three sites."""
    (tmp_path / "sites.yaml").write_text("here: {}\nthere: {}\nnew: {}\n")
    return Home(tmp_path)


def test_a_server_with_a_work_pool_takes_the_whole_list(server):
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="bedplate", type="process"))
        done = subprocess.run(
            [sys.executable, "-m", "prefect", *DEPLOY_ALL, str(FILE)],
            cwd=ROOT,
            env=os.environ | {"PREFECT_API_URL": server.url},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        made = client.read_deployment_by_name("create-cluster/create")
    assert (made.work_pool_name, made.entrypoint) == ("bedplate", "flows.create:create_cluster")
    assert made.pull_steps == []

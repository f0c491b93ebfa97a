"""prefect.yaml: what it lists can be loaded, and a server takes it."""

import os
import subprocess
import sys

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate

from deployments.catalog import FILE, entries
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
    made = {entry.name: entry.served().model_dump(mode="json") for entry in entries()}
    (daily,) = made["drift"]["schedules"]
    (often,) = made["janitor"]["schedules"]
    assert (daily["schedule"]["cron"], often["schedule"]["interval"]) == ("20 5 * * *", 120)


def test_what_people_switched_stays_so_when_everything_is_deployed_again(server, tmp_path):
    home = Home(tmp_path)
    (tmp_path / "sites.yaml").write_text("here: {}\nthere: {}\n")
    sites = [Pool("switched", sites=("here", "there"))]
    install(home, sites)
    switch("fleet-upgrade/fleet-monthly-switched", {"site": "here"}, active=True)
    switch("drift/drift-switched", {"site": "there"}, active=False)

    install(home, sites)

    assert switches("fleet-upgrade/fleet-monthly-switched") == {"here": True, "there": False}
    assert switches("drift/drift-switched") == {"here": True, "there": False}


def test_a_new_site_begins_as_the_list_has_it_whatever_is_switched_elsewhere(server, tmp_path):
    home = Home(tmp_path)
    (tmp_path / "sites.yaml").write_text("here: {}\nthere: {}\n")
    install(home, [Pool("grows", sites=("here",))])
    switch("fleet-upgrade/fleet-monthly-grows", {"site": "here"}, active=True)

    install(home, [Pool("grows", sites=("here", "there"))])

    assert switches("fleet-upgrade/fleet-monthly-grows")["there"] is False


def test_serve_leaves_what_people_switched(server):
    (monthly,) = [entry for entry in entries() if entry.name == "fleet-monthly"]
    monthly.served().apply()
    switch("fleet-upgrade/fleet-monthly", {}, active=True)

    with get_client(sync_client=True) as client:
        again = monthly.served()
        keep_switched(client, again)
        again.apply()

    assert switches("fleet-upgrade/fleet-monthly") == {None: True}


def switch(deployment, parameters, *, active):
    """Do what the switch of a schedule does in the UI."""
    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(deployment)
        (schedule,) = [one for one in found.schedules if one.parameters == parameters]
        client.update_deployment_schedule(found.id, schedule.id, active=active)


def switches(deployment):
    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(deployment)
    return {one.parameters.get("site"): one.active for one in found.schedules}


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

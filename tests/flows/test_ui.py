"""The whole way of a person: serve, the form, a failure read, Retry; in a real browser."""

import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from bedplate.operations import CREATE
from bedplate.simulation import World
from lab.ports import free_port
from tests.flows.conftest import SPEC
from tests.flows.served import ROOT, Serving, processes_with, serving, start
from tests.flows.server import wait_for

pytestmark = [
    pytest.mark.xdist_group("prefect-ui"),
    pytest.mark.slow,
    pytest.mark.timeout(300),
]

MINUTES = 180.0
FAULT = "kube.cluster.create:Machine=deniedx1"
LABELS = [step.label for step in CREATE.steps]
BEFORE_PIVOT = LABELS[: CREATE["pivot"].number - 1]
SITES = """
simulated: {pace: 0.02}
other: {pace: 0.02, state: sites/other, journal: "sqlite:///{home}/other.sqlite"}
"""
# To draw the pictures of the documentation anew: BEDPLATE_PICTURES=1
PICTURES = ROOT / "docs" / "images" if os.environ.get("BEDPLATE_PICTURES") else None


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Bedplate served on a free port, with sites slow enough to be watched."""
    home = tmp_path_factory.mktemp("home")
    (home / "sites.yaml").write_text(SITES.replace("{home}", str(home)))
    with serving(home, free_port()) as running:
        yield running


@pytest.fixture
def page(browser: Browser, served: Serving) -> Page:
    """A page of the user interface; whatever it asks of another machine fails the test."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(60_000)
    page.on("request", lambda request: _refuse_elsewhere(served.url, request.url))
    return page


def _refuse_elsewhere(url: str, asked: str) -> None:
    assert asked.startswith((url, url.replace("http", "ws"), "data:", "blob:")), asked


def picture(page: Page, name: str, height: int = 1000) -> None:
    if PICTURES is not None:
        page.set_viewport_size({"width": 1400, "height": height})
        page.wait_for_timeout(4000)  # the graph draws itself slowly
        PICTURES.mkdir(exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png")


def field(page: Page, title: str):
    """The input of a field of the form."""
    return page.locator(".schema-form-property", has_text=f"{title} (Optional)").locator("textarea")


def last_run(served: Serving) -> str:
    found = served.server.ask(
        "flow_runs/filter", deployments={"id": {"any_": [served.deployment]}}, limit=1
    )
    return found[0]["id"] if found else ""


def ended(served: Serving, run: str, attempt: int):
    def look():
        found = served.server.run(run)
        is_last = found["run_count"] == attempt and found["state_type"] in TERMINAL
        return found if is_last else None

    return wait_for(look, MINUTES)


TERMINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@pytest.mark.browser
def test_a_cluster_from_the_form_fails_at_the_pivot_and_retry_goes_on(page: Page, served: Serving):
    page.goto(f"{served.url}/deployments/deployment/{served.deployment}/run")
    field(page, "Specification").fill(SPEC)
    page.get_by_role("button", name="Add item").last.click()
    field(page, "Faults").fill(FAULT)
    picture(page, "prefect-form")
    page.get_by_role("button", name="Submit").click()

    run = wait_for(lambda: last_run(served), MINUTES)
    ended(served, run, attempt=1)
    page.goto(f"{served.url}/runs/flow-run/{run}")
    expect(page.get_by_text("create w01").first).to_be_visible()
    expect(page.get_by_text("cluster:w01").first).to_be_visible()
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    picture(page, "prefect-failed")
    page.get_by_text("Details", exact=True).click()
    expect(
        page.get_by_text("pivot: AUTH_DENIED: kube.cluster.create Machine").first
    ).to_be_visible()

    page.get_by_text("Artifacts", exact=True).click()
    page.get_by_text("w01-create").first.click()
    expect(page.get_by_role("heading", name="11 pivot: AUTH_DENIED")).to_be_visible()
    expect(
        page.get_by_text("What to do: clear the fault (bedplate faults --clear)")
    ).to_be_visible()
    picture(page, "prefect-report")

    page.goto(f"{served.url}/runs/flow-run/{run}")
    page.get_by_role("button", name="Retry").click()
    page.get_by_role("dialog").get_by_role("button", name="Retry").click()
    ended(served, run, attempt=2)
    served.server.rows(run, attempt=2, names=LABELS)
    page.goto(f"{served.url}/runs/flow-run/{run}")
    expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    page.get_by_text("Task Runs", exact=True).click()
    # Also "crds", which ran beside the pivot, and "gitops", which nobody asked for.
    expect(page.get_by_text("Kept", exact=True)).to_have_count(len(BEFORE_PIVOT) + 2)
    picture(page, "prefect-run", height=1500)

    states = served.server.states(run, attempt=2, names=LABELS)
    assert [states[label] for label in BEFORE_PIVOT] == ["Kept"] * len(BEFORE_PIVOT)
    assert states["11 pivot"] == "Completed"


def test_the_janitor_runs_by_itself(served: Serving):
    def completed():
        found = served.server.ask(
            "flow_runs/filter",
            flows={"name": {"any_": ["janitor"]}},
            flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}},
        )
        return found or None

    (run, *_) = wait_for(completed, MINUTES)
    assert run["state"]["message"] == "Nothing to clean"


def test_a_flow_killed_in_the_middle_is_crashed_and_retry_goes_on(served: Serving):
    run = served.begin(spec=SPEC, site="other")
    wait_for(lambda: running(served, run, "05 control-plane"), MINUTES)
    for process in processes_with(f"PREFECT__FLOW_RUN_ID={run}"):
        os.kill(process, signal.SIGKILL)
    assert ended(served, run, attempt=1)["state_type"] == "CRASHED"

    retry(served, run)
    last = ended(served, run, attempt=2)

    assert last["state_type"] == "COMPLETED", last["state"]["message"]
    states = served.server.states(run, attempt=2, names=LABELS)
    assert states["04 provider-setup"] == "Kept"
    assert states["05 control-plane"] == "Completed"
    # The row of the killed attempt no longer looks as if it ran.
    assert served.server.states(run, attempt=1)["05 control-plane"] == "Crashed"
    made = [e.name for e in World(served.home / "sites/other").vm_events() if e.event == "made"]
    assert Counter(made).most_common(1)[0][1] == 1
    assert len(made) == 7


def running(served: Serving, run: str, name: str):
    found = served.server.ask("task_runs/filter", flow_runs={"id": {"any_": [run]}})
    return [row for row in found if row["name"] == name and row["state_type"] == "RUNNING"]


def retry(served: Serving, run: str) -> None:
    """What the Retry button sends."""
    state = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retry from the UI"}
    served.server.ask(f"flow_runs/{run}/set_state", state=state, force=True)


def test_another_one_at_the_same_port_is_refused_with_a_way_out(served: Serving):
    port = served.url.rsplit(":", 1)[1]
    second = start(served.home, "--port", port)
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 2
    assert "PORT_TAKEN" in said
    assert f"--port {int(port) + 1}" in said


# The last one: it ends what the others use.
def test_sigterm_ends_everything_and_leaves_no_run_that_seems_to_run(served: Serving):
    spec = SPEC.replace("w01", "w02").replace("198.18.0.10", "198.18.0.20")
    run = served.begin(spec=spec)
    wait_for(lambda: served.server.run(run)["state_type"] == "RUNNING", MINUTES)

    assert served.stop(signal.SIGTERM) == 0

    assert processes_with(f"BEDPLATE_HOME={served.home}") == []
    with closing(sqlite3.connect(served.home / "prefect" / "prefect.db")) as database:
        unended = database.execute(
            "SELECT name, state_type FROM flow_run WHERE state_type IN ('RUNNING', 'CANCELLING')"
        ).fetchall()
    assert unended == []

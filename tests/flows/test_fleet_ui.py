"""A campaign in a real browser: the form, the gate, the board, a pause, and on."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from deployments.home import find_home
from tests.fleet_journal import record, spec_of
from tests.flows.fleet_served import CAMPAIGN, CLUSTERS, with_all_laws
from tests.flows.served import ROOT, Serving, free_port, serving
from tests.flows.server import wait_for
from tests.flows.small_upgrade import FOLDER

pytestmark = [
    with_all_laws,
    pytest.mark.xdist_group("prefect-ui"),
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(600),
]

MINUTES = 180.0
GATES = "{before: [{approval: {approvers: [bob]}}]}"
SLOW = ("store-1", "store-2")
# To draw the pictures of the documentation anew: BEDPLATE_PICTURES=1
PICTURES = ROOT / "docs" / "images" if os.environ.get("BEDPLATE_PICTURES") else None


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Serving]:
    """Bedplate served, a fleet on record, and an upgrade that takes a moment."""
    home = tmp_path / "home"
    (home / "specs").mkdir(parents=True)
    text = CAMPAIGN.replace("NAME", "retail").replace("GATES", GATES).replace("NOTIFY", "[]")
    (home / "specs" / "retail.yaml").write_text(text)
    found = find_home({"BEDPLATE_HOME": str(home)})
    journal = found.open_journal(found.site("simulated").journal)
    for name in CLUSTERS:
        record(journal, name, spec_of(name))
    with serving(home, free_port()) as running, _small_upgrade(running, tmp_path):
        yield running


@contextmanager
def _small_upgrade(served: Serving, folder: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.small_upgrade", str(folder), "small"],
        cwd=ROOT,
        env=os.environ
        | {
            "PREFECT_API_URL": f"{served.url}/api",
            FOLDER: str(folder),
            "PYTHONPATH": str(ROOT),
        },
    )
    yield
    process.terminate()
    process.wait(60)


def test_a_campaign_from_the_form_is_approved_watched_paused_and_resumed(
    browser: Browser, served: Serving, tmp_path: Path
) -> None:
    for name in SLOW:
        (tmp_path / f"slow-{name}").touch()
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(60_000)

    deployment = served.server.get("deployments/name/fleet-upgrade/fleet-upgrade")["id"]
    page.goto(f"{served.url}/deployments/deployment/{deployment}/run")
    _field(page, "Campaign file").fill("retail.yaml")
    _field(page, "Deployment").fill("upgrade-cluster/small")
    page.get_by_role("button", name="Submit").click()
    run = wait_for(lambda: _last_run(served, deployment), MINUTES)
    _state(served, run, "Suspended")

    _decide(page, served, run, "waits at canary/before/approval", "approve", "bob")
    wait_for(lambda: _notes(tmp_path, "begin") >= {"canary", *SLOW}, MINUTES)
    _board(page, served, run, "fleet-board")
    expect(page.get_by_role("cell", name="running", exact=True)).to_have_count(2)
    expect(page.get_by_role("cell", name="upgraded", exact=True)).to_have_count(1)

    environment = {"BEDPLATE_HOME": str(served.home), "PREFECT_API_URL": f"{served.url}/api"}
    words = [sys.executable, "-m", "deployments.cli.main", "fleet", "pause", "retail"]
    subprocess.run(words, cwd=ROOT, env=os.environ | environment, check=True, capture_output=True)
    _state(served, run, "Suspended")
    for name in SLOW:
        (tmp_path / f"slow-{name}").unlink()
    _decide(page, served, run, "is on hold", "try failed again", "bob")
    _state(served, run, "Completed")

    _board(page, served, run)
    expect(page.get_by_role("cell", name="upgraded", exact=True)).to_have_count(4)
    lines = (tmp_path / "notes").read_text().splitlines()
    done = Counter(line.split()[1] for line in lines if line.startswith("done"))
    assert done == Counter(CLUSTERS)


def _field(page: Page, title: str):
    return page.locator(".schema-form-property", has_text=f"{title} (Optional)").locator("textarea")


def _last_run(served: Serving, deployment: str) -> str:
    wanted = {"id": {"any_": [deployment]}}
    found = served.server.ask("flow_runs/filter", deployments=wanted, limit=1)
    return found[0]["id"] if found else ""


def _state(served: Serving, run: str, name: str) -> None:
    wait_for(lambda: served.server.run(run)["state_name"] == name, MINUTES)


def _notes(folder: Path, word: str) -> set[str]:
    file = folder / "notes"
    lines = file.read_text().splitlines() if file.exists() else []
    return {line.split()[1] for line in lines if line.startswith(word)}


def _decide(page: Page, served: Serving, run: str, asked: str, decision: str, who: str) -> None:
    """Answer the question that the campaign's run asks."""
    page.goto(f"{served.url}/runs/flow-run/{run}")
    page.get_by_role("button", name="Resume").click()
    form = page.locator(".p-modal__card")
    expect(form).to_contain_text(asked)
    form.locator(".p-select-button__control").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option", name=decision).click()
    form.locator("textarea").fill(who)
    form.get_by_role("button", name="Submit").click()
    expect(form).to_have_count(0)


def _board(page: Page, served: Serving, run: str, picture: str = "") -> None:
    """Open the campaign's board."""
    page.goto(f"{served.url}/runs/flow-run/{run}")
    page.get_by_text("Artifacts", exact=True).click()
    page.get_by_text("fleet-retail").first.click()  # the newest
    expect(page.get_by_text("Campaign retail").first).to_be_visible()
    if picture and PICTURES is not None:
        page.set_viewport_size({"width": 1400, "height": 480})
        page.wait_for_timeout(2000)
        page.screenshot(path=PICTURES / f"{picture}.png")

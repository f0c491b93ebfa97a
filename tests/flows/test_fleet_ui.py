"""A campaign in a real browser: the form, the gate, the board, a pause, and on."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from deployments.home import find_home
from lab.ports import free_port
from tests.fleet_journal import record, spec_of
from tests.flows.fleet_served import CAMPAIGN, CLUSTERS, board_of, with_all_laws
from tests.flows.served import ROOT, Serving, serving
from tests.flows.server import wait_for
from tests.flows.small_upgrade import FOLDER

pytestmark = [
    with_all_laws,
    pytest.mark.xdist_group("prefect-ui"),
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.timeout(1800),
]

MINUTES = 600.0
BUSY = 503
PAGE_MS = 300_000.0  # a page of Prefect's takes its time on a machine that does much else
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
    try:
        wait_for(lambda: _is_ready(served, "upgrade-cluster", "small"), MINUTES)
        yield
    finally:
        process.terminate()
        process.wait(60)


def _is_ready(served: Serving, flow: str, name: str) -> bool:
    wanted = {"flows": {"name": {"any_": [flow]}}, "deployments": {"name": {"any_": [name]}}}
    return [one["status"] for one in served.server.ask("deployments/filter", **wanted)] == ["READY"]


def test_a_campaign_from_the_form_is_approved_watched_paused_and_resumed(
    browser: Browser, served: Serving, tmp_path: Path
) -> None:
    for name in SLOW:
        (tmp_path / f"slow-{name}").touch()
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PAGE_MS)

    deployment = served.server.get("deployments/name/fleet-upgrade/fleet-upgrade")["id"]
    page.goto(f"{served.url}/deployments/deployment/{deployment}/run")
    _field(page, "Campaign file").fill("retail.yaml")
    _field(page, "Deployment").fill("upgrade-cluster/small")
    run = _submit(page, page.get_by_role("button", name="Submit"), "create_flow_run")["id"]
    _state(served, run, "Suspended")

    _decide(page, served, run, "waits at canary/before/approval", "approve", "bob")
    wait_for(lambda: _notes(tmp_path, "begin") >= {"canary", *SLOW}, MINUTES)
    _board(page, served, run, "running", upgraded=1, running=2, untouched=1)
    _picture(page, "fleet-board")

    environment = {"BEDPLATE_HOME": str(served.home), "PREFECT_API_URL": f"{served.url}/api"}
    words = [sys.executable, "-m", "deployments.cli.main", "fleet", "pause", "retail"]
    subprocess.run(words, cwd=ROOT, env=os.environ | environment, check=True, capture_output=True)
    _state(served, run, "Suspended")
    _board(page, served, run, "paused", upgraded=1, stopped=2, untouched=1)
    for name in SLOW:
        (tmp_path / f"slow-{name}").unlink()
    _decide(page, served, run, "is on hold", "try failed again", "bob")
    _state(served, run, "Completed")

    _board(page, served, run, "completed", upgraded=4)
    lines = (tmp_path / "notes").read_text().splitlines()
    done = Counter(line.split()[1] for line in lines if line.startswith("done"))
    assert done == Counter(CLUSTERS)


def _field(page: Page, title: str):
    return page.locator(".schema-form-property", has_text=f"{title} (Optional)").locator("textarea")


def _submit(page: Page, button: Locator, path: str) -> dict[str, Any]:
    """Press Submit, and again where SQLite let the server fail; the form stays as it is then."""

    def pressed() -> dict[str, Any] | None:
        with page.expect_response(lambda answer: answer.url.endswith(f"/{path}")) as answered:
            button.click()
        if answered.value.status == BUSY:
            return None
        assert answered.value.ok, answered.value.text()
        answer: dict[str, Any] = answered.value.json()
        return answer

    found: dict[str, Any] = wait_for(pressed, MINUTES)
    return found


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
    expect(form).to_contain_text(asked, timeout=PAGE_MS)
    form.locator(".p-select-button__control").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option", name=decision).click()
    form.locator("textarea").fill(who)
    answer = _submit(page, form.get_by_role("button", name="Submit"), "resume")
    assert answer["status"] == "ACCEPT", answer
    expect(form).to_have_count(0, timeout=PAGE_MS)


def _board(page: Page, served: Serving, run: str, campaign: str, **clusters: int) -> None:
    """Open the campaign's board once it says this: an open page does not change by itself."""
    wait_for(lambda: board_of(served.server, run) == (campaign, clusters), MINUTES)
    page.goto(f"{served.url}/runs/flow-run/{run}")
    page.get_by_text("Artifacts", exact=True).click()
    page.get_by_text("fleet-retail").click()
    expect(page.get_by_text(f"Campaign retail: {campaign}")).to_be_visible(timeout=PAGE_MS)
    for state, count in clusters.items():
        expect(page.get_by_text(state, exact=True)).to_have_count(count, timeout=PAGE_MS)


def _picture(page: Page, name: str) -> None:
    if PICTURES is not None:
        page.set_viewport_size({"width": 1400, "height": 480})
        page.wait_for_timeout(2000)
        page.screenshot(path=PICTURES / f"{name}.png")
        page.set_viewport_size({"width": 1400, "height": 1000})

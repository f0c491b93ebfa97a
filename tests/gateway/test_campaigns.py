"""Gates of fleet campaigns, decided at the gateway as at every other door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bedplate.adapters.journal import open_journal
from bedplate.adapters.journal.campaigns import open_campaigns
from deployments.cli.main import main
from deployments.cli.operate import person
from deployments.gateway.signatures import hashed
from tests.cli.test_fleet import CAMPAIGN
from tests.fleet_journal import record, spec_of
from tests.gateway.gate import ALICE, BOB, write_settings
from tests.gateway.test_process import Process, process

pytestmark = pytest.mark.timeout(180)

ANN = "token-of-ann-01234567"
GATE = "canary/before/approval"


@pytest.fixture
def planned(tmp_path: Path, monkeypatch) -> str:
    """A campaign that is planned, in the journal of a home; returns its plan's hash."""
    monkeypatch.setenv("BEDPLATE_HOME", str(tmp_path))
    journal = open_journal(f"sqlite:///{tmp_path}/journal.sqlite")
    for number in (1, 2, 3):
        record(journal, f"store-{number}", spec_of(f"store-{number}"))
    journal.close()
    file = tmp_path / "retail.yaml"
    file.write_text(CAMPAIGN.format(target="1.35"))
    assert main(["fleet", "plan", "-f", str(file), "--site", "simulated"]) == 0
    book = open_campaigns(f"sqlite:///{tmp_path}/journal.sqlite")
    row = book.find("retail")
    book.close()
    assert row is not None
    return row.plan.hash


@pytest.fixture
def asked(tmp_path: Path, planned: str) -> Iterator[Process]:
    """A gateway as a process; Prefect cannot be reached, so what is decided is only recorded."""
    people = {
        "bob": {"tokens": [hashed(BOB)], "campaigns": ["retail"]},
        "alice": {"tokens": [hashed(ALICE)]},
        "ann": {"tokens": [hashed(ANN)], "campaigns": ["retail"], "identities": [person().upper()]},
    }
    write_settings(tmp_path, approvers=people)
    with process(tmp_path) as running:
        yield running


def decide(asked: Process, token: str, **wanted: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return asked.http.post("/v1/approvals", json=wanted, headers=headers)


def test_an_approver_of_the_campaign_opens_its_gate(asked: Process, planned: str, tmp_path: Path):
    wanted = {"campaign": "retail", "site": "simulated", "gate": GATE, "decision": "approve"}

    refused = decide(asked, ALICE, plan=planned, **wanted)
    differs = decide(asked, BOB, plan="0" * 64, **wanted)
    unknown = decide(asked, BOB, plan=planned, **wanted | {"gate": "no/such/gate"})
    herself = decide(asked, ANN, plan=planned, **wanted)
    opened = decide(asked, BOB, plan=planned, **wanted)

    assert (refused.status_code, refused.json()["code"]) == (403, "APPROVER_NOT_ALLOWED")
    assert (differs.status_code, differs.json()["code"]) == (403, "PLAN_DIFFERS")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "GATE_UNKNOWN")
    assert (herself.status_code, herself.json()["code"]) == (403, "APPROVER_REFUSED")
    assert (opened.status_code, opened.json()["decided_by"]) == (200, "bob")
    book = open_campaigns(f"sqlite:///{tmp_path}/journal.sqlite")
    row = book.find("retail")
    assert row is not None
    assert [one.who for one in book.standing(row).approvals] == ["bob"]
    book.close()
    assert main(["audit", "verify"]) == 0

"""Two people are two people, by whatever names their ticket systems know them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bedplate.errors import BadInput
from deployments.gateway.settings import read_settings
from deployments.gateway.signatures import hashed
from tests.flows.conftest import SPEC
from tests.gateway.gate import ALICE, BOB, Gate, delete_intent, gate, intent, write_settings
from tests.gateway.test_tickets import at, change, issue, jira, servicenow

__all__ = ["jira", "servicenow"]

pytestmark = pytest.mark.usefixtures("nowhere")

BETH = "token-of-beth-0123456"
PEOPLE = {
    "alice": {"tokens": [hashed(ALICE)], "identities": ["712020:a11ce"]},
    "beth": {"tokens": [hashed(BETH)], "identities": ["beth.anglin", "712020:be74", "BethOps"]},
    "bob": {"tokens": [hashed(BOB)]},
}


def deleting(running: Gate, ticket: str) -> str:
    sent = running.send(delete_intent(ticket=ticket, spec=SPEC)).json()
    assert sent["state"] == "waiting_for_approval", sent
    running.work()
    made: str = sent["intent"]
    return made


def state_after(running: Gate, made: str, *tokens: str) -> str:
    for token in tokens:
        assert running.agree(token, made).status_code == 200
        running.work()
    state: str = running.show(made)["state"]
    return state


def test_the_second_approver_of_a_change_is_not_the_first_under_another_name(
    servicenow, tmp_path: Path
):
    rows = [{"sysapproval": "c0ffee", "state": "approved", "approver.user_name": "Beth.Anglin"}]
    servicenow.tables |= {"change_request": [change()], "sysapproval_approver": rows}
    rules = {"kind": "servicenow", "url": servicenow.url, "secret": "vault:jira"}
    with at(tmp_path, "snow-token-1234567", rules, approvers=PEOPLE) as running:
        made = deleting(running, "CHG0042")
        assert state_after(running, made, BETH) == "waiting_for_approval"
        assert state_after(running, made, ALICE) == "running"


def at_jira(jira: Any, home: Path) -> Any:
    names = {"approved_field": "customfield_1", "cluster_field": "customfield_2"}
    rules = names | {"kind": "jira", "url": jira.url, "username": "bot", "secret": "vault:jira"}
    return at(home, "jira-token-1234567", rules, approvers=PEOPLE)


def test_who_reported_an_issue_is_no_second_approver_of_it(jira, tmp_path: Path):
    fields = {"reporter": {"accountId": "712020:BE74"}, "customfield_1": [{"accountId": "eve"}]}
    jira.fields["OPS-1"] = issue(**fields)
    with at_jira(jira, tmp_path) as running:
        made = deleting(running, "OPS-1")
        assert state_after(running, made, BETH) == "waiting_for_approval"
        assert state_after(running, made, BOB) == "running"


def test_two_spellings_of_one_name_are_one_approver(jira, tmp_path: Path):
    jira.fields["OPS-1"] = issue(customfield_1=[{"accountId": "Eve"}, {"accountId": "eve "}])
    with at_jira(jira, tmp_path) as running:
        assert state_after(running, deleting(running, "OPS-1")) == "waiting_for_approval"


@pytest.mark.parametrize("name", ["beth", "Beth", "bethops", "beth.anglin "])
def test_nobody_approves_what_they_asked_for_under_another_name(tmp_path: Path, name: str):
    with gate(tmp_path, approvers=PEOPLE) as running:
        sent = running.send(delete_intent(requested_by=name, spec=SPEC)).json()
        running.work()
        answer = running.agree(BETH, sent["intent"])
    assert (answer.status_code, answer.json()["code"]) == (403, "APPROVER_IS_REQUESTER")


def test_a_ticket_that_only_its_requester_approved_is_not_approved(jira, tmp_path: Path):
    fields = {
        "reporter": {"accountId": "712020:be74"},
        "customfield_1": [{"accountId": "BethOps"}],
    }
    jira.fields["OPS-1"] = issue(**fields)
    with at_jira(jira, tmp_path) as running:
        answer = running.send(intent(ticket="OPS-1", spec=SPEC))
    assert answer.json()["problem"]["code"] == "TICKET_NOT_APPROVED"


def test_an_identity_is_one_persons(tmp_path: Path):
    shared = PEOPLE | {"bob": PEOPLE["bob"] | {"identities": ["BETH.anglin"]}}
    write_settings(tmp_path, approvers=shared)
    with pytest.raises(BadInput, match="beth and bob share an identity"):
        read_settings(tmp_path / "gateway.yaml")

"""Tickets read back from Jira and ServiceNow, what their words allow, and what is written back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bedplate.errors import PermanentError, TemporaryError
from deployments.gateway.intents import plan_hash
from deployments.gateway.tickets.ticket import Note, Outcome
from tests.flows.conftest import SPEC
from tests.gateway.gate import PORTAL, SETTINGS, Gate, gate, intent
from tests.gateway.ticket_servers import Jira, ServiceNow, basic, serving

NAMES = {"approved_field": "customfield_1", "cluster_field": "customfield_2"}
WINDOW = {"start_field": "customfield_3", "end_field": "customfield_4"}


def issue(**changed: Any) -> dict[str, Any]:
    return {
        "status": {"name": "Implement"},
        "reporter": {"accountId": "carol", "displayName": "Carol"},
        "customfield_1": [{"accountId": "alice"}],
        "customfield_2": {"value": "w01"},
    } | changed


def change(**changed: Any) -> dict[str, Any]:
    return {
        "sys_id": "c0ffee",
        "number": "CHG0042",
        "state": "-1",
        "approval": "approved",
        "cmdb_ci.name": "w01",
        "requested_by.user_name": "carol",
    } | changed


@pytest.fixture
def jira() -> Iterator[Jira]:
    made = Jira(basic("bot", "jira-token-1234567"), fields={"OPS-1": issue()})
    made.workflow = {"Implement": ["Done", "Blocked"], "Blocked": ["Done"]}
    with serving(made):
        yield made


@pytest.fixture
def servicenow() -> Iterator[ServiceNow]:
    made = ServiceNow("Bearer snow-token-1234567")
    made.tables = {
        "change_request": [change()],
        "sysapproval_approver": [
            {"sysapproval": "c0ffee", "state": "approved", "approver.user_name": "alice"}
        ],
    }
    made.next_states = {"-1": ["0", "4"]}
    with serving(made):
        yield made


@pytest.fixture
def at_jira(jira: Jira, tmp_path: Path) -> Iterator[Gate]:
    rules = NAMES | WINDOW | {"kind": "jira", "url": jira.url, "username": "bot", "done": "Done"}
    rules |= {"secret": "vault:jira", "plan_field": "customfield_5", "failed": "Blocked"}
    with at(tmp_path, "jira-token-1234567", rules) as running:
        yield running


@pytest.fixture
def at_servicenow(servicenow: ServiceNow, tmp_path: Path) -> Iterator[Gate]:
    rules = {"kind": "servicenow", "url": servicenow.url, "secret": "vault:jira"}
    with at(tmp_path, "snow-token-1234567", rules) as running:
        yield running


def at(home: Path, secret: str, rules: dict[str, Any], approvers: Any = None, **roles: Any):
    vault = home / "gateway" / "vault"
    vault.mkdir(parents=True)
    (vault / "jira").write_text(secret)
    source = {k: v for k, v in PORTAL.items() if k != "trust_sender"} | {"tickets": "system"}
    source["roles"] = list(roles)
    people = SETTINGS["approvers"] if approvers is None else approvers
    tickets = {"system": rules}
    return gate(home, sources={"portal": source}, tickets=tickets, roles=roles, approvers=people)


def system(running: Gate):
    return running.desk.worker.teller.tickets["system"]


def send(running: Gate, **changed: Any) -> Any:
    return running.send(intent(**{"ticket": "OPS-1", "spec": SPEC} | changed))


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def snow_stamp(seconds: float) -> str:
    return datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def test_an_approved_issue_lets_work_begin(at_jira: Gate):
    answer = send(at_jira)
    assert (answer.status_code, answer.json()["state"]) == (202, "ready")


def test_an_approved_change_lets_work_begin(at_servicenow: Gate):
    answer = send(at_servicenow, ticket="CHG0042")
    assert (answer.status_code, answer.json()["state"]) == (202, "ready")


REFUSED = [
    ({"status": {"name": "To do"}}, "TICKET_STATE"),
    ({"customfield_1": None}, "TICKET_NOT_APPROVED"),
    ({"customfield_1": [{"accountId": "carol"}]}, "TICKET_NOT_APPROVED"),
    ({"customfield_2": {"value": "w02"}}, "TICKET_OTHER_CLUSTER"),
]


@pytest.mark.parametrize(("fields", "rule"), REFUSED)
def test_an_issue_that_does_not_allow_it_refuses_with_its_rule(at_jira, jira, fields, rule):
    jira.fields["OPS-1"] = issue(**fields)
    answer = send(at_jira)
    assert (answer.status_code, answer.json()["problem"]["code"]) == (403, rule)
    assert at_jira.work() == 0


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"state": "-5"}, "TICKET_STATE"),
        ({"approval": "requested"}, "TICKET_NOT_APPROVED"),
        ({"requested_by.user_name": "alice"}, "TICKET_NOT_APPROVED"),
        ({"cmdb_ci.name": "w02"}, "TICKET_OTHER_CLUSTER"),
        ({"end_date": "2001-01-01 00:00:00"}, "WINDOW_OVER"),
    ],
)
def test_a_change_that_does_not_allow_it_refuses_with_its_rule(
    at_servicenow, servicenow, fields, rule
):
    servicenow.tables["change_request"] = [change(**fields)]
    answer = send(at_servicenow, ticket="CHG0042")
    assert (answer.status_code, answer.json()["problem"]["code"]) == (403, rule)


def test_what_the_event_says_of_approval_is_not_believed(at_jira, jira):
    jira.fields["OPS-1"] = issue(customfield_1=None)
    answer = send(at_jira, requested_by="alice")
    assert answer.json()["problem"]["code"] == "TICKET_NOT_APPROVED"


def test_a_ticket_that_is_not_there_is_refused(at_jira: Gate):
    answer = send(at_jira, ticket="OPS-2")
    assert (answer.status_code, answer.json()["problem"]["code"]) == (403, "TICKET_UNKNOWN")


OPERATORS = {"people": ["carol"], "verbs": ["create"]}


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (OPERATORS, True),
        (OPERATORS | {"people": ["dave"]}, False),
        (OPERATORS | {"verbs": ["delete"]}, False),
        (OPERATORS | {"clusters": ["prod-*"]}, False),
    ],
)
def test_the_tickets_own_requester_needs_a_role_for_the_verb_and_the_cluster(
    servicenow, tmp_path, role, allowed
):
    rules = {"kind": "servicenow", "url": servicenow.url, "secret": "vault:jira"}
    with at(tmp_path, "snow-token-1234567", rules, operators=role) as running:
        answer = send(running, ticket="CHG0042", requested_by="somebody the event names")

    assert answer.status_code == (202 if allowed else 403)
    assert allowed or answer.json()["problem"]["code"] == "ROLE_NOT_ALLOWED"


def test_an_affected_configuration_item_counts_as_the_change_being_about_it(
    at_servicenow, servicenow
):
    servicenow.tables["change_request"] = [change(**{"cmdb_ci.name": "rack 7"})]
    servicenow.tables["task_ci"] = [{"task": "c0ffee", "ci_item.name": "w01"}]
    assert send(at_servicenow, ticket="CHG0042").status_code == 202


def test_outside_of_its_window_a_ticket_waits(at_jira, jira):
    jira.fields["OPS-1"] = issue(customfield_3=stamp(3600), customfield_4=stamp(7200))
    answer = send(at_jira)
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting_for_window")
    assert abs(answer.json()["wait_until"] - time.time() - 3600) < 30
    at_jira.work()
    assert at_jira.show(answer.json()["intent"])["state"] == "waiting_for_window"


def test_a_change_waits_for_its_planned_start(at_servicenow, servicenow):
    dates = {"start_date": snow_stamp(3600), "end_date": snow_stamp(7200), "state": "-2"}
    servicenow.tables["change_request"] = [change(**dates)]
    answer = send(at_servicenow, ticket="CHG0042")
    assert answer.json()["state"] == "waiting_for_window"


def test_a_delete_needs_two_approvers_in_the_ticket(at_jira, jira):
    waiting = send(at_jira, verb="delete", confirm="w01")
    assert waiting.json()["state"] == "waiting_for_approval"
    jira.fields["OPS-1"] = issue(customfield_1=[{"accountId": "alice"}, {"accountId": "bob"}])
    assert send(at_jira, verb="delete", confirm="w01", revision="2").json()["state"] == "ready"


def test_a_ticket_system_that_is_away_delays_and_loses_nothing(at_jira, jira):
    jira.trouble = [(503, {}, b"")]
    answer = send(at_jira)
    assert (answer.status_code, answer.json()["state"]) == (202, "checking")
    assert answer.json()["problem"]["code"] == "TICKETS_UNREACHABLE"


TROUBLE = [
    (503, {}, b"<html>down</html>"),
    (429, {"Retry-After": "10"}, b'{"errorMessages": ["Rate limit exceeded."]}'),
    (200, {}, b"<html>please log in</html>"),
    (200, {}, b"[]"),
]


@pytest.mark.parametrize("trouble", TROUBLE)
def test_what_may_pass_is_temporary(at_jira, jira, trouble):
    jira.trouble = [trouble]
    with pytest.raises(TemporaryError, match="TICKETS_UNREACHABLE"):
        system(at_jira).read("OPS-1")


def test_a_user_who_may_not_is_told_in_the_systems_own_words(at_servicenow, servicenow):
    servicenow.authorization = "Bearer another"
    with pytest.raises(PermanentError, match=r"401: User Not Authenticated; ACL"):
        system(at_servicenow).read("CHG0042")


def test_progress_is_one_comment_that_is_edited_in_place(at_jira, jira):
    jira.fields["OPS-1"] = issue()
    for text in ("step 1", "step 2", "step 2"):
        system(at_jira).write("OPS-1", Note("bedplate 1 progress", text))
    assert jira.texts("OPS-1") == ["step 2\nbedplate 1 progress"]
    assert [method for method, _, _ in jira.writes()] == ["POST", "PUT"]


def test_the_end_moves_an_issue_once(at_jira, jira):
    for _ in range(2):
        system(at_jira).write("OPS-1", Note("bedplate 1 result", "done", Outcome.DONE))
    assert jira.fields["OPS-1"]["status"]["name"] == "Done"
    assert [path.rpartition("/")[2] for _, path, _ in jira.writes()] == ["comment", "transitions"]


def test_a_workflow_without_the_way_is_said(at_jira, jira):
    jira.workflow = {}
    with pytest.raises(PermanentError, match="TICKET_STUCK"):
        system(at_jira).write("OPS-1", Note("bedplate 1 result", "done", Outcome.DONE))


def test_a_change_that_is_done_goes_to_review_with_its_close_code(at_servicenow, servicenow):
    for _ in range(2):
        system(at_servicenow).write("CHG0042", Note("bedplate 1 result", "done", Outcome.DONE))
    (kept,) = servicenow.tables["change_request"]
    assert (kept["state"], kept["close_code"]) == ("0", "successful")
    assert servicenow.notes() == ["done\nbedplate 1 result"]
    assert len(servicenow.writes()) == 1


def test_a_change_that_failed_stays_where_it_is_with_the_next_action(at_servicenow, servicenow):
    note = Note("bedplate 1 result", "failed\nWhat to do: retry", Outcome.FAILED)
    system(at_servicenow).write("CHG0042", note)
    (kept,) = servicenow.tables["change_request"]
    assert (kept["state"], "close_code" in kept) == ("-1", False)
    assert "What to do: retry" in servicenow.notes()[0]


def test_a_change_is_not_moved_where_its_model_does_not_let_it(at_servicenow, servicenow):
    servicenow.next_states = {}
    system(at_servicenow).write("CHG0042", Note("bedplate 1 result", "done", Outcome.DONE))
    assert servicenow.tables["change_request"][0]["state"] == "-1"
    assert servicenow.notes() == ["done\nbedplate 1 result"]


def test_a_plan_hash_is_the_same_for_the_same_work_only():
    one = plan_hash("create", "w01", "lab", SPEC)
    assert one == plan_hash("create", "w01", "lab", SPEC)
    assert one != plan_hash("create", "w01", "lab", SPEC + "\n")

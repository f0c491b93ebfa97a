"""An approval holds for the plan that was looked at, and for a while."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from deployments.gateway.intents import plan_hash
from tests.flows.conftest import SPEC
from tests.gateway.gate import ALICE, Gate, delete_intent, gate

pytestmark = pytest.mark.usefixtures("nowhere")

PLAN = plan_hash("delete", "w01", "simulated", SPEC)
DAY = 86400.0


def waiting(portal: Gate) -> str:
    sent: str = portal.send(delete_intent(spec=SPEC)).json()["intent"]
    portal.work()
    return sent


def test_an_intent_that_waits_for_approval_shows_the_plan_that_is_to_be_approved(portal: Gate):
    sent = portal.send(delete_intent(spec=SPEC)).json()
    assert sent["plan_hash"] is None
    early = portal.approve(ALICE, intent=sent["intent"], cluster="w01", plan=PLAN)
    portal.work()

    shown = portal.show(sent["intent"])

    assert (early.status_code, early.json()["code"]) == (409, "PLAN_UNKNOWN")
    assert (shown["state"], shown["plan_hash"]) == ("waiting_for_approval", PLAN)


@pytest.mark.parametrize("plan", [PLAN, PLAN[:8], f"sha256:{PLAN}"])
def test_an_approval_of_the_plan_starts_it(portal: Gate, plan: str):
    sent = waiting(portal)
    answer = portal.approve(ALICE, intent=sent, cluster="w01", plan=plan)
    portal.work()
    assert (answer.status_code, portal.show(sent)["state"]) == (200, "running")


@pytest.mark.parametrize(
    ("plan", "status", "code"),
    [
        ({"plan": "0" * 64}, 409, "PLAN_DIFFERS"),
        ({"plan": PLAN[1:]}, 409, "PLAN_DIFFERS"),
        ({"plan": PLAN[:7]}, 422, "INTENT_INVALID"),
        ({}, 422, "INTENT_INVALID"),
    ],
)
def test_an_approval_of_another_plan_or_of_none_starts_nothing(portal: Gate, plan, status, code):
    sent = waiting(portal)
    answer = portal.approve(ALICE, intent=sent, cluster="w01", **plan)
    portal.work()
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert portal.show(sent)["state"] == "waiting_for_approval"


def test_an_approval_expires_and_can_be_given_anew(portal: Gate):
    sent = waiting(portal)
    portal.agree(ALICE, sent)
    portal.clock.ahead += 3 * DAY + 1
    portal.work()
    assert portal.show(sent)["state"] == "waiting_for_approval"

    portal.agree(ALICE, sent)
    portal.clock.ahead += 3 * DAY - 60
    portal.work()
    assert portal.show(sent)["state"] == "running"


def test_an_approval_from_before_plans_were_approved_counts_for_nothing(tmp_path: Path):
    with gate(tmp_path) as portal:
        sent = waiting(portal)
        portal.agree(ALICE, sent)
        engine = sa.create_engine(f"sqlite:///{tmp_path}/gateway.sqlite")
        with engine.begin() as connection:
            old = "UPDATE gateway_approval SET plan_hash = NULL, expires_at = NULL"
            connection.exec_driver_sql(old)
        engine.dispose()
        portal.work()
        assert portal.show(sent)["state"] == "waiting_for_approval"


def test_a_specification_of_another_cluster_is_refused_before_anybody_approves_it(portal: Gate):
    sent = portal.send(delete_intent(spec=SPEC.replace("w01", "w02"))).json()["intent"]
    portal.work()
    assert portal.show(sent)["problem"]["code"] == "SPEC_OTHER_CLUSTER"

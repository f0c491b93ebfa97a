"""What a sender is answered: taken, known, refused, forged, too old, too much."""

import time

import pytest

from tests.flows.conftest import SPEC
from tests.gateway.gate import (
    ALICE,
    BOB,
    OLD_SECRET,
    PORTAL,
    SECRET,
    Gate,
    delete_intent,
    gate,
    intent,
    signed,
)


def test_an_intent_is_stored_and_answered_with_its_addresses(portal: Gate):
    answer = portal.send(intent())

    assert answer.status_code == 202
    document = answer.json()
    assert (document["state"], document["site"]) == ("ready", "simulated")
    assert document["status_url"] == f"{portal.url}/v1/intents/{document['intent']}"
    assert document["run_url"] == f"{document['status_url']}/run"
    assert answer.headers["location"] == document["status_url"]
    assert portal.show(document["intent"]) == document
    assert portal.http.get(document["run_url"]).json()["code"] == "NO_RUN"


def test_the_same_delivery_again_gets_the_first_answer_as_known(portal: Gate):
    first = portal.send(intent(), identity="msg_1")
    again = portal.send(intent(), identity="msg_1")
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()


def test_the_same_wish_in_another_delivery_is_known(portal: Gate):
    first = portal.send(intent())
    again = portal.send(intent())
    assert (again.status_code, again.json()["intent"]) == (200, first.json()["intent"])


def test_a_delivery_id_that_comes_with_another_body_is_a_conflict(portal: Gate):
    portal.send(intent(), identity="msg_1")
    answer = portal.send(intent(revision="2"), identity="msg_1")
    assert (answer.status_code, answer.json()["code"]) == (409, "KEY_REUSED")


def test_a_revision_that_comes_with_another_wish_is_a_conflict(portal: Gate):
    portal.send(intent())
    answer = portal.send(intent(requested_by="mallory"))
    assert (answer.status_code, answer.json()["code"]) == (409, "KEY_REUSED")


@pytest.mark.parametrize("changed", ["ticket", "revision", "cluster", "spec"])
def test_another_ticket_revision_cluster_or_specification_is_another_wish(portal: Gate, changed):
    first = portal.send(intent())
    other = portal.send(intent(**{changed: "w02"}))
    assert other.status_code == 202
    assert other.json()["intent"] != first.json()["intent"]


def test_a_wrong_signature_is_refused_and_starts_nothing(portal: Gate):
    body = b'{"ticket": "CHG1"}'
    headers = signed(body) | {"webhook-signature": "v1,AAAA"}
    answer = portal.http.post(f"{portal.url}/v1/intents", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGNATURE_WRONG")
    assert portal.work() == 0


def test_a_changed_body_is_refused(portal: Gate):
    headers = signed(b'{"verb": "create"}')
    answer = portal.http.post(
        f"{portal.url}/v1/intents", content=b'{"verb": "delete"}', headers=headers
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGNATURE_WRONG")


@pytest.mark.parametrize("seconds", [-400, 400])
def test_a_delivery_from_another_time_is_refused(portal: Gate, seconds):
    answer = portal.send(intent(), at=time.time() + seconds)
    assert (answer.status_code, answer.json()["code"]) == (401, "DELIVERY_STALE")


def test_both_secrets_hold_while_one_replaces_the_other(portal: Gate):
    assert portal.send(intent(), secret=OLD_SECRET).status_code == 202
    assert portal.send(intent(), secret=SECRET).status_code == 200


def test_a_list_of_signatures_needs_one_that_is_right(portal: Gate):
    body = b"{}"
    headers = signed(body)
    headers["webhook-signature"] = f"v1a,xyz nonsense v1,AAAA {headers['webhook-signature']}"
    answer = portal.http.post(f"{portal.url}/v1/intents", content=body, headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"verb": "upgrade"}, "VERB_NOT_ALLOWED"),
        ({"cluster": "prod-1"}, "CLUSTER_NOT_ALLOWED"),
        ({"site": "vsphere"}, "SITE_NOT_ALLOWED"),
        ({"verb": "delete"}, "NAME_NOT_TYPED"),
        ({"verb": "delete", "confirm": "w02"}, "NAME_NOT_TYPED"),
    ],
)
def test_a_rule_that_says_no_is_named_and_said_again(portal: Gate, changed, rule):
    answer = portal.send(intent(**changed), identity="msg_1")
    assert answer.status_code == 403
    assert (answer.json()["state"], answer.json()["problem"]["code"]) == ("refused", rule)
    assert portal.send(intent(**changed), identity="msg_1").json() == answer.json()
    assert portal.work() == 0


def test_a_verb_without_a_deployment_is_refused(tmp_path):
    with gate(tmp_path, sources={"portal": PORTAL | {"verbs": ["defragment"]}}) as running:
        answer = running.send(intent(verb="defragment"))
    assert (answer.status_code, answer.json()["problem"]["code"]) == (403, "VERB_UNKNOWN")


def test_a_delete_waits_for_a_second_person(portal: Gate, nowhere):
    waiting = portal.send(delete_intent(spec=SPEC))
    assert (waiting.status_code, waiting.json()["state"]) == (202, "waiting_for_approval")
    portal.work()
    plan = portal.show(waiting.json()["intent"])["plan_hash"]
    wanted = {"intent": waiting.json()["intent"], "cluster": "w01", "plan": plan}

    assert portal.approve("nobody's", **wanted).status_code == 401
    assert portal.approve(BOB, **wanted).json()["code"] == "APPROVER_NOT_ALLOWED"
    assert portal.approve(ALICE, **wanted | {"cluster": "w02"}).json()["code"] == "NAME_NOT_TYPED"
    assert portal.show(wanted["intent"])["state"] == "waiting_for_approval"

    assert portal.approve(ALICE, **wanted).status_code == 200
    assert portal.approve(ALICE, **wanted).status_code == 200
    portal.work()
    assert portal.show(wanted["intent"])["state"] == "running"
    assert portal.approve(ALICE, **wanted).json()["code"] == "NOT_WAITING"


def test_nobody_approves_what_they_asked_for(portal: Gate):
    waiting = portal.send(delete_intent(requested_by="alice", spec=SPEC)).json()
    portal.work()
    answer = portal.agree(ALICE, waiting["intent"])
    assert (answer.status_code, answer.json()["code"]) == (403, "APPROVER_IS_REQUESTER")


def test_a_sender_that_sends_too_much_is_told_when_to_come_again(tmp_path):
    with gate(tmp_path, limits={"per_second": 0.1, "burst": 2}) as running:
        answers = [running.send(intent(revision=str(n))) for n in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 429]
    assert answers[2].json()["code"] == "OVERLOADED"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 10


def test_more_than_can_be_worked_off_is_not_taken(tmp_path):
    with gate(tmp_path, limits={"waiting": 1}) as running:
        answers = [running.send(intent(revision=str(n))) for n in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 429]
    assert answers[2].headers["retry-after"]


def test_a_large_body_is_refused(portal: Gate):
    answer = portal.send(b"x" * 300_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


def test_an_unknown_source_and_an_unknown_intent_are_not_found(portal: Gate):
    assert portal.post("nobody", {}).json()["code"] == "SOURCE_UNKNOWN"
    answer = portal.http.get(f"{portal.url}/v1/intents/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "INTENT_UNKNOWN")


def test_every_answer_is_for_machines_only(portal: Gate):
    answer = portal.http.get(f"{portal.url}/healthz", headers={"origin": "https://evil.example"})
    assert answer.json() == {"status": "ok"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers
    assert portal.http.get(f"{portal.url}/docs").status_code == 404


def test_nothing_that_is_answered_or_kept_holds_a_secret(portal: Gate, tmp_path):
    texts = [portal.send(intent()).text, portal.send(intent(), secret=SECRET, at=0).text]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "home").glob("gateway.sqlite*"))
    for secret in (SECRET, SECRET.removeprefix("whsec_"), OLD_SECRET, ALICE):
        assert secret.encode() not in kept
        assert not any(secret in text for text in texts)

"""Each sender's own format: its proof, what it asks for, what it is ignored for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from deployments.gateway.signatures import hashed
from tests.gateway.gate import SHARED, TOKEN, Gate, gate, hub_signature, intent, signed

TRUSTED = {"verbs": ["create"], "clusters": ["w*"], "trust_sender": True}
CERTIFICATE = "ab" * 32
CHAT = {"people": ["carol"], "repositories": ["ops/clusters"]}
SOURCES: dict[str, Any] = {
    "jira": TRUSTED
    | {
        "kind": "jira",
        "secrets": ["env:SHARED"],
        "tokens": [hashed(TOKEN)],
        "fields": {"verb": "customfield_1", "cluster": "customfield_2", "spec_file": "cf_3"},
    },
    "snow": TRUSTED | {"kind": "servicenow", "tokens": [hashed(TOKEN)]},
    "snow-signed": TRUSTED
    | {"kind": "servicenow", "tokens": [hashed(TOKEN)], "secrets": ["env:SHARED"]},
    "snow-proxied": TRUSTED
    | {
        "kind": "servicenow",
        "certificates": [CERTIFICATE],
        "proxy_header": "X-Client-Fingerprint",
        "proxies": ["127.0.0.1/32"],
    },
    "snow-far": TRUSTED
    | {
        "kind": "servicenow",
        "certificates": [CERTIFICATE],
        "proxy_header": "X-Client-Fingerprint",
        "proxies": ["10.0.0.0/8"],
    },
    "github": TRUSTED | CHAT | {"kind": "github", "secrets": ["env:SHARED"]},
    "gitlab": TRUSTED | CHAT | {"kind": "gitlab", "secrets": ["env:SHARED"]},
    "gitlab-signed": TRUSTED | CHAT | {"kind": "gitlab", "signing": ["env:GATE"]},
}
BEARER = {"authorization": f"Bearer {TOKEN}"}
COMMAND = "Please:\r\n/bedplate create w01 spec_file=w01.yaml\r\nThank you"


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    """A gateway with every sender."""
    limits = {"burst": 10_000}
    home = tmp_path_factory.mktemp("home")
    with gate(home, sources=SOURCES, limits=limits) as running:
        yield running


def moved(status: Any = "Implement", **changed: Any) -> dict[str, Any]:
    """Jira's event of an issue whose status changed."""
    return {
        "timestamp": int(time.time() * 1000),
        "webhookEvent": "jira:issue_updated",
        "user": {"displayName": "Carol"},
        "issue": {
            "key": "OPS-1",
            "fields": {
                "customfield_1": {"value": "create"},
                "customfield_2": "w01",
                "cf_3": "w01.yaml",
            },
        },
        "changelog": {"id": "10124", "items": [{"field": "status", "toString": status}]},
    } | changed


def comment(text: str = COMMAND, **changed: Any) -> dict[str, Any]:
    """GitHub's event of a new comment."""
    return {
        "action": "created",
        "comment": {
            "id": 991,
            "body": text,
            "user": {"login": "carol"},
            "created_at": datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "issue": {"number": 12},
        "repository": {"full_name": "ops/clusters"},
    } | changed


def note(text: str = COMMAND, **changed: Any) -> dict[str, Any]:
    """GitLab's event of a new note."""
    return {
        "object_kind": "note",
        "user": {"username": "carol"},
        "project": {"path_with_namespace": "ops/clusters"},
        "object_attributes": {"id": 1244, "note": text, "action": "create"},
        "issue": {"iid": 17},
    } | changed


def hub(content: dict[str, Any], header: str, secret: str = SHARED) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(content).encode()
    return body, {header: hub_signature(body, secret)}


def test_jiras_signed_event_of_a_move_asks_for_what_the_fields_say(doors: Gate):
    body, headers = hub(moved(), "x-hub-signature")
    answer = doors.post("jira", body, headers | {"x-atlassian-webhook-identifier": "a-1"})
    again = doors.post("jira", body, headers | {"x-atlassian-webhook-identifier": "a-2"})
    assert (answer.status_code, answer.json()["ticket"]) == (202, "OPS-1")
    assert (again.status_code, again.json()) == (200, answer.json())


def test_jiras_retry_is_known_by_the_change_of_status_though_the_body_differs(doors: Gate):
    changes: dict[str, Any] = {"changelog": {**moved()["changelog"], "id": "10125"}}
    first, headers = hub(moved(**changes), "x-hub-signature")
    sent = doors.post("jira", first, headers)
    later, again = hub(moved(**changes, timestamp=int(time.time() * 1000) + 900), "x-hub-signature")
    assert doors.post("jira", later, again).json()["intent"] == sent.json()["intent"]


@pytest.mark.parametrize(
    "event",
    [
        moved("Done"),
        moved(changelog={"id": "1", "items": [{"field": "summary", "toString": "Implement"}]}),
        moved(webhookEvent="comment_created"),
    ],
    ids=["another status", "another field", "another event"],
)
def test_jiras_other_events_are_ignored(doors: Gate, event):
    body, headers = hub(event, "x-hub-signature")
    answer = doors.post("jira", body, headers)
    assert (answer.status_code, list(answer.json())) == (200, ["ignored"])


def test_jiras_automation_sends_an_intent_with_a_bearer_token(doors: Gate):
    assert doors.post("jira", intent(ticket="OPS-9"), BEARER).status_code == 202


def test_jiras_old_event_is_refused(doors: Gate):
    old = moved(timestamp=int((time.time() - 3 * 3600) * 1000))
    body, headers = hub(old, "x-hub-signature")
    assert doors.post("jira", body, headers).json()["code"] == "DELIVERY_STALE"


@pytest.mark.parametrize(
    ("source", "headers", "code"),
    [
        ("jira", {}, "SIGNATURE_MISSING"),
        ("jira", {"x-hub-signature": "sha256=" + "0" * 64}, "SIGNATURE_WRONG"),
        ("jira", {"x-hub-signature": "", "authorization": "Bearer no"}, "SIGNATURE_WRONG"),
        ("snow", {}, "SIGNATURE_MISSING"),
        ("snow", {"authorization": "Bearer no"}, "SIGNATURE_WRONG"),
        ("snow", {"authorization": f"Basic {TOKEN}"}, "SIGNATURE_MISSING"),
        ("snow-signed", BEARER, "SIGNATURE_MISSING"),
        ("snow-proxied", {"x-client-fingerprint": "cd" * 32}, "SIGNATURE_WRONG"),
        ("snow-far", {"x-client-fingerprint": CERTIFICATE}, "SIGNATURE_MISSING"),
        ("github", {}, "SIGNATURE_MISSING"),
        ("github", {"x-hub-signature-256": "sha256=" + "0" * 64}, "SIGNATURE_WRONG"),
        ("gitlab", {}, "SIGNATURE_MISSING"),
        ("gitlab", {"x-gitlab-token": SHARED.upper()}, "SIGNATURE_WRONG"),
        ("gitlab-signed", {"x-gitlab-token": SHARED}, "SIGNATURE_MISSING"),
    ],
)
def test_without_the_right_proof_nothing_is_taken(doors: Gate, source, headers, code):
    answer = doors.post(source, intent(), headers)
    assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_servicenow_sends_the_records_own_names(doors: Gate):
    given = {"number": "CHG0042", "sys_mod_count": 7, "verb": "create", "cluster": "w01"}
    answer = doors.post("snow", given, BEARER)
    assert (answer.status_code, answer.json()["ticket"]) == (202, "CHG0042")


@pytest.mark.parametrize("encode", [bytes.hex, lambda mac: base64.b64encode(mac).decode()])
def test_servicenow_may_sign_time_and_body_in_hexadecimal_or_base64(doors: Gate, encode):
    body, stamp = json.dumps(intent(revision=encode.__name__)).encode(), str(int(time.time()))
    mac = hmac.new(SHARED.encode(), stamp.encode() + b"." + body, hashlib.sha256).digest()
    headers = {"x-bedplate-signature": encode(mac), "x-bedplate-timestamp": stamp} | BEARER
    assert doors.post("snow-signed", body, headers).status_code == 202
    assert doors.post("snow-signed", body + b" ", headers).status_code == 401
    later = str(int(stamp) + 1)
    assert (
        doors.post("snow-signed", body, headers | {"x-bedplate-timestamp": later}).status_code
        == 401
    )


def test_a_certificate_that_a_trusted_proxy_names_is_a_proof(doors: Gate):
    shown = ":".join(["AB"] * 32)
    answer = doors.post("snow-proxied", intent(), {"x-client-fingerprint": shown})
    assert answer.status_code == 202


def test_githubs_comment_with_a_command_asks_for_it(doors: Gate):
    body, headers = hub(comment(), "x-hub-signature-256")
    answer = doors.post("github", body, headers | {"x-github-delivery": "d-1"})
    assert (answer.status_code, answer.json()["ticket"]) == (202, "ops/clusters#12")
    replayed = doors.post("github", body, headers | {"x-github-delivery": "d-2"})
    assert (replayed.status_code, replayed.json()) == (200, answer.json())


@pytest.mark.parametrize(
    "event",
    [{"zen": "Keep it logically awesome."}, comment("nice!"), comment(action="edited")],
    ids=["ping", "no command", "edited"],
)
def test_githubs_other_events_are_ignored(doors: Gate, event):
    body, headers = hub(event, "x-hub-signature-256")
    assert list(doors.post("github", body, headers).json()) == ["ignored"]


def test_a_person_or_a_repository_that_is_not_named_may_not_ask(doors: Gate):
    stranger = comment()
    stranger["comment"]["user"]["login"] = "mallory"
    fork = comment(repository={"full_name": "mallory/clusters"})
    for event, code in [(stranger, "PERSON_NOT_ALLOWED"), (fork, "REPOSITORY_NOT_ALLOWED")]:
        body, headers = hub(event, "x-hub-signature-256")
        answer = doors.post("github", body, headers)
        assert (answer.status_code, answer.json()["code"]) == (403, code)


@pytest.mark.parametrize(
    "text",
    ["/bedplate", "/bedplate create", "/bedplate create w01 x=1", "/bedplate create 'w01"],
)
def test_a_command_that_is_wrong_is_answered_with_how_it_is_written(doors: Gate, text):
    body, headers = hub(comment(text), "x-hub-signature-256")
    answer = doors.post("github", body, headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "INTENT_INVALID")
    assert "/bedplate VERB CLUSTER" in answer.json()["remedy"]


def test_gitlabs_note_with_a_command_asks_for_it(doors: Gate):
    answer = doors.post("gitlab", note(), {"x-gitlab-token": SHARED})
    assert (answer.status_code, answer.json()["ticket"]) == (202, "ops/clusters#17")
    request = note(merge_request={"iid": 3})
    del request["issue"]
    answer = doors.post("gitlab", request, {"x-gitlab-token": SHARED})
    assert answer.json()["ticket"] == "ops/clusters#mr-3"


def test_gitlabs_signed_note_is_proven_by_standard_webhooks(doors: Gate):
    body = json.dumps(note()).encode()
    assert doors.post("gitlab-signed", body, signed(body)).status_code == 202
    assert doors.post("gitlab-signed", body, signed(body, at=0)).status_code == 401

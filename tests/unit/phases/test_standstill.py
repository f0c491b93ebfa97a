"""A control plane that stands still by itself is told of, with what lets it go on."""

from typing import Any

import pytest

from bedplate.engine.phase import Waiting
from bedplate.phases.standstill import IN_PROGRESS, told_with_standstill

WAITING = Waiting("1 of 3 control-plane machines up to date", {"w01": "Running"})


def plane(annotation: str | None) -> dict[str, Any]:
    annotations = {} if annotation is None else {IN_PROGRESS: annotation}
    return {"metadata": {"name": "w01", "namespace": "eksa-system", "annotations": annotations}}


def machine(name: str, reason: str = "", *, goes: bool = False) -> dict[str, Any]:
    condition = {"type": "OwnerRemediated", "status": "False", "reason": reason}
    metadata = {"name": name} | ({"deletionTimestamp": "2026-11-28T18:45:24Z"} if goes else {})
    return {"metadata": metadata, "status": {"conditions": [condition] if reason else []}}


# As Cluster API 1.11 wrote it when a machine was lost while another one joined.
REMOVED = '{"machine":"w01-l8ntw","timestamp":"2026-11-28T18:41:21Z","retryCount":0}'
LOST = machine("w01-t8znw", "RemediationDeferred")


def test_it_says_who_waits_for_whom_and_which_machine_to_delete():
    told = told_with_standstill(WAITING, plane(REMOVED), [machine("w01-pgm9c"), LOST])

    assert told.on.startswith("1 of 3 control-plane machines up to date; Cluster API stands still")
    assert "in the place of w01-l8ntw while w01-t8znw is lost" in told.on
    assert "kubectl delete machine -n eksa-system w01-t8znw" in told.on
    assert told.evidence == WAITING.evidence


@pytest.mark.parametrize(
    ("annotation", "machines"),
    [
        (None, [LOST]),
        ("no JSON", [LOST]),
        (REMOVED, [LOST, machine("w01-l8ntw")]),
        (REMOVED, [machine("w01-t8znw", "RemediationDeferred", goes=True)]),
        (REMOVED, [machine("w01-t8znw", "WaitingForRemediation")]),
        (REMOVED, [machine("w01-pgm9c")]),
    ],
)
def test_what_goes_on_by_itself_is_no_standstill(annotation, machines):
    assert told_with_standstill(WAITING, plane(annotation), machines) == WAITING

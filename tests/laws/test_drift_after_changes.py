"""After our own changes there is no drift; while one stands half done, that is what is told."""

from __future__ import annotations

import pytest

from bedplate.engine.journal import RunState
from bedplate.inspection import drift_of, inspect_cluster
from bedplate.operations import ADOPT
from bedplate.service import run_to_end
from tests.laws.making import Place
from tests.laws.strangers import make_stranger


@pytest.fixture
def place(finished):
    """A finished cluster."""
    return finished


def compared(place):
    return drift_of(inspect_cluster(place.site, place.journal, "w01"))


def newer(text):
    """The same cluster with another Kubernetes version and other sizes."""
    return text.replace('"1.34"', '"1.35"').replace("1.34", "1.35")


def test_an_upgrade_of_ours_is_neither_foreign_nor_a_change(place):
    place.text = newer(place.text)

    assert place.upgrade() is RunState.COMPLETED

    assert (compared(place).drifts, compared(place).unseen) == ((), ())


def test_an_upgrade_that_stands_half_done_is_told_and_what_it_paused_too(place):
    place.text = newer(place.text)
    place.upgrade(last="control-plane")

    found = compared(place)

    sorts = {drift.sort.value for drift in found.drifts}
    assert "run-unfinished" in sorts
    assert sorts <= {"run-unfinished", "paused"}
    assert all("bedplate resume" in drift.remedy for drift in found.drifts)


def test_an_adopted_cluster_is_upgraded_and_shows_no_drift(tmp_path):
    kubeconfig = make_stranger(tmp_path)
    place = Place(tmp_path)
    place.site.vault.put("w01/adopting", kubeconfig)
    with place.session(operation=ADOPT) as session:
        assert run_to_end(session) is RunState.COMPLETED
    place.text = newer(place.text)

    assert place.upgrade() is RunState.COMPLETED

    assert (compared(place).drifts, compared(place).unseen) == ((), ())
    place.journal.close()

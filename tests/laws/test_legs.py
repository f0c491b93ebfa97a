"""Upgrades of several minor versions: each a run of its own, by one plan, and resumed."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from bedplate.capi import kinds, objects
from bedplate.chain import legs_of, whole_request
from bedplate.engine.history import rest_of
from bedplate.engine.journal import RunState
from bedplate.errors import PermanentError, Refused
from bedplate.operations import UPGRADE
from bedplate.phases.deletion.anywhere import PAUSED
from bedplate.ports.kube import Ref, Side
from bedplate.preview import Preview
from bedplate.request import Request
from bedplate.service import Session, run_to_end
from bedplate.simulation import bundle, parse_fault
from bedplate.spec import load_text
from tests.laws.making import MACHINES, Heard, Place


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """The folder of a place with one finished cluster."""
    folder = tmp_path_factory.mktemp("finished")
    place = Place(folder)
    assert place.create() is RunState.COMPLETED
    place.journal.close()
    return folder


@pytest.fixture
def place(made_once, tmp_path):
    """A finished cluster whose specification is two minor versions ahead of it."""
    folder = tmp_path / "place"
    shutil.copytree(made_once, folder)
    found = Place(folder)
    found.text = found.text.replace('"1.34"', '"1.36"')
    yield found
    found.journal.close()


def asked(place):
    return Request(UPGRADE, place.text, load_text(place.text))


def legs(place):
    return legs_of(asked(place), place.site, place.journal)


def carry_out(place, request=None):
    """Run every leg, until one does not come to its end; returns the versions that were run."""
    done, place.heard = [], Heard()
    for leg in legs_of(request or asked(place), place.site, place.journal):
        with Session(leg, place.site, place.journal, place.heard) as session:
            state = run_to_end(session)
        done.append(leg.spec.kubernetes_version)
        if state is not RunState.COMPLETED:
            break
    return done


def runs(place):
    found = reversed(place.journal.runs("w01"))
    return [
        (load_text(run.spec_text).kubernetes_version, run.state.value)
        for run in found
        if run.operation == "upgrade"
    ]


def node_versions(place):
    nodes = place.site.open(load_text(place.text)).kube[Side.CLUSTER].list(kinds.NODE)
    found = {objects.text(node, "status", "nodeInfo", "kubeletVersion") for node in nodes}
    return {version.partition("-")[0] for version in found}


def test_two_minor_versions_are_two_runs_and_every_machine_is_replaced_twice(place):
    assert carry_out(place) == ["1.35", "1.36"]

    assert runs(place) == [("1.35", "completed"), ("1.36", "completed")]
    assert node_versions(place) == {"v1.36.0"}
    assert len(place.made()) == 3 * MACHINES
    cluster = (
        place.site.open(load_text(place.text))
        .kube[Side.CLUSTER]
        .get(Ref(kinds.ANYWHERE_CLUSTER, "default", "w01"))
    )
    assert PAUSED not in objects.annotations_of(cluster)
    assert carry_out(place) == ["1.36"]
    assert place.heard.began == []


def test_a_plan_tells_both_legs_and_that_machines_are_replaced_twice(place):
    first, second = legs(place)
    preview = Preview(first, place.site, place.journal)

    now, then = preview.groups(), preview.later_groups(first, second)

    assert [group.name for group in now] == [group.name for group in then]
    assert all(group.is_replaced for group in now)
    assert all(any("1.36" in reason for reason in group.why) for group in then if group.why)
    assert {group.name for group in then if group.why} == {"control plane", "external etcd", "md-0"}
    assert runs(place) == []


@pytest.mark.parametrize("leg", [0, 1])
def test_an_upgrade_that_broke_in_a_leg_goes_on_in_that_leg(place, leg):
    for before in legs(place)[:leg]:
        with Session(before, place.site, place.journal, place.heard) as session:
            run_to_end(session)
    place.world.inject(parse_fault("kube.cluster.apply:MachineDeployment=deniedx1"))
    with pytest.raises(PermanentError):
        carry_out(place)

    assert carry_out(place) == ["1.35", "1.36"][leg:]

    assert runs(place) == [("1.35", "completed"), ("1.36", "completed")]
    assert len(place.made()) == 3 * MACHINES


def test_a_first_leg_that_lacks_only_its_last_step_ends_before_the_second_begins(place):
    first = replace(legs(place)[0], last="cluster-config")
    with Session(first, place.site, place.journal, place.heard) as session:
        run_to_end(session)

    assert carry_out(place) == ["1.35", "1.36"]

    assert runs(place) == [("1.35", "completed"), ("1.36", "completed")]


def test_a_leg_that_is_resumed_by_its_run_alone_knows_what_comes_after(place):
    with Session(
        replace(legs(place)[0], last="pause"), place.site, place.journal, place.heard
    ) as session:
        run_to_end(session)
    (run,) = place.journal.runs("w01", limit=1)
    assert rest_of(place.journal, run.id) == place.text
    request = Request(UPGRADE, run.spec_text, load_text(run.spec_text))

    assert carry_out(place, whole_request(request, run, place.journal)) == ["1.35", "1.36"]


def test_a_version_between_that_the_bundle_lacks_is_refused_by_name(place, monkeypatch):
    monkeypatch.delitem(bundle.RELEASES, "1.35")

    with pytest.raises(Refused) as caught:
        legs(place)

    assert caught.value.code == "VERSION_BETWEEN_MISSING"
    assert "1.35" in caught.value.seen
    assert runs(place) == []

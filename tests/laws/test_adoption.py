"""Adopting a cluster that others made: looked at, recorded, not changed, and then as our own."""

from __future__ import annotations

import shutil

import pytest

from bedplate.capi import kinds
from bedplate.capi.cluster import ref_of
from bedplate.capi.commit import REF
from bedplate.drift.finding import Comparison
from bedplate.engine.journal import RunState
from bedplate.errors import PermanentError, Refused, TemporaryError
from bedplate.facts import CONTROL_PLANE, PROVIDER_SETUP, WORKERS
from bedplate.inspection import drift_of, inspect_cluster
from bedplate.operations import ADOPT, DELETE, ROTATE_CREDENTIALS
from bedplate.ports.kube import Ref, Side
from bedplate.service import run_to_end
from bedplate.simulation.arrangement import add_machine
from bedplate.spec import load_text
from tests.laws.making import Place
from tests.laws.strangers import make_stranger
from tests.laws.test_verbs import world_of

OWN = Ref(kinds.ANYWHERE_CLUSTER, "default", "w01")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """A place with a cluster that is not known there, and its kubeconfig."""
    folder = tmp_path_factory.mktemp("stranger")
    return folder, make_stranger(folder)


@pytest.fixture
def place(stranger, tmp_path):
    made, kubeconfig = stranger
    folder = tmp_path / "place"
    shutil.copytree(made, folder)
    found = Place(folder)
    found.site.vault.put("w01/adopting", kubeconfig)
    yield found
    found.journal.close()


def adopt(place, *, last=None):
    with place.session(operation=ADOPT, last=last) as session:
        return run_to_end(session)


def kube(place):
    """The cluster's API server, as its administrator sees it."""
    vault = place.site.vault
    if vault.get("w01/kubeconfig") is None:
        vault.put("w01/kubeconfig", vault.get("w01/adopting") or "")
    return place.site.open(load_text(place.text)).kube[Side.CLUSTER]


def change(place, ref, patch):
    """Change something behind our back, and forget how we got in."""
    kube(place).patch(ref, patch)
    place.site.vault.delete("w01/kubeconfig")


def compared(place) -> Comparison:
    return drift_of(inspect_cluster(place.site, place.journal, "w01"))


def test_a_cluster_is_adopted_with_its_facts_and_nothing_of_it_is_changed(place, stranger):
    before = world_of(place.folder)

    assert adopt(place) is RunState.COMPLETED

    assert world_of(place.folder) == before
    (run,) = place.journal.runs()
    assert (run.operation, run.state) == ("adopt", RunState.COMPLETED)
    facts = {one.fact_key: one.fact for one in place.journal.steps(run.id).values()}
    plane = CONTROL_PLANE.parse(facts[CONTROL_PLANE.name])
    assert (len(plane.machines), len(plane.etcd)) == (2, 3)
    assert len(WORKERS.parse(facts[WORKERS.name]).machines) == 2
    assert PROVIDER_SETUP.parse(facts[PROVIDER_SETUP.name]).folders == ("/DC0/vm/w01",)
    assert place.site.vault.get("w01/kubeconfig") == stranger[1]
    assert place.site.vault.get("w01/adopting") is None


def test_a_second_adoption_finds_nothing_to_do(place):
    adopt(place)

    assert adopt(place) is RunState.COMPLETED
    assert place.heard.began == []


def test_an_adopted_cluster_is_compared_as_any_other(place):
    adopt(place)
    assert (compared(place).drifts, compared(place).unseen) == ((), ())

    kube(place).patch(ref_of(kinds.MACHINE_DEPLOYMENT, "w01-md-0"), {"spec": {"replicas": 5}})

    (drift,) = compared(place).drifts
    assert drift.seen == "spec.replicas is 5, not 2"


def test_credentials_of_an_adopted_cluster_are_rotated(place):
    adopt(place)
    place.world.admit("new@vsphere.local", "n3w-and-l0nger")
    place.site.vault.put("vcenter/next/username", "new@vsphere.local")
    place.site.vault.put("vcenter/next/password", "n3w-and-l0nger")

    with place.session(operation=ROTATE_CREDENTIALS) as session:
        assert run_to_end(session) is RunState.COMPLETED


def test_an_adopted_cluster_is_deleted_without_leaving_a_machine(place):
    adopt(place)

    assert place.delete() is RunState.COMPLETED

    assert list(place.world.virtual_machines()) == []
    assert place.world.bootstrap_clusters() == []
    assert place.destroyed() == place.made()


def test_a_delete_of_an_adopted_cluster_that_broke_on_the_way_back_is_resumed(place):
    adopt(place)
    with place.session(operation=DELETE, last="pivot") as session:
        run_to_end(session)
    place.world.lose_bootstrap("w01-eks-a-cluster")

    assert place.delete() is RunState.COMPLETED

    assert list(place.world.virtual_machines()) == []
    assert place.destroyed() == place.made()


def test_a_create_of_an_adopted_cluster_orders_no_machine_again(place):
    adopt(place)
    made = place.made()

    assert place.create() is RunState.COMPLETED

    assert place.heard.began == []
    assert place.made() == made
    assert place.world.bootstrap_clusters() == []


@pytest.mark.parametrize(
    ("ref", "patch", "code", "seen"),
    [
        (
            OWN,
            {"spec": {"controlPlaneConfiguration": {"count": 3}}},
            "CLUSTER_DIFFERS",
            "spec.controlPlaneConfiguration.count is 3, not 2",
        ),
        (
            ref_of(kinds.KUBEADM_CONTROL_PLANE, "w01"),
            {"spec": {"version": "v1.35.1-eks-1-35-2"}},
            "CLUSTER_DIFFERS",
            "foreign-upgrade",
        ),
        (ref_of(kinds.CLUSTER, "w01"), {"spec": {"paused": True}}, "CLUSTER_DIFFERS", "paused"),
        (
            OWN,
            {"spec": {"managementCluster": {"name": "m01"}}},
            "CLUSTER_MANAGED",
            "w01 is managed by m01",
        ),
        (
            ref_of(kinds.CLUSTER, "w01"),
            {"spec": {"controlPlaneEndpoint": {"host": "198.18.0.99"}}},
            "ENDPOINT_OTHER",
            "198.18.0.99",
        ),
    ],
)
def test_a_cluster_that_is_not_as_the_specification_says_is_refused(place, ref, patch, code, seen):
    change(place, ref, patch)

    with pytest.raises(Refused) as caught:
        adopt(place)

    assert caught.value.code == code
    assert seen in caught.value.seen


def test_what_only_drift_would_tell_is_told_and_stays(place):
    add_machine(place.world, "/DC0/vm/w01/w01-md-0-bcdfg-hjklm")

    assert adopt(place) is RunState.COMPLETED

    assert any("vm-unowned" in text for text in place.heard.texts)


def test_an_abort_forgets_the_kubeconfig(place):
    adopt(place, last="inspect")

    place.abort(ADOPT)

    assert place.site.vault.get("w01/kubeconfig") is None
    assert [run.state for run in place.journal.runs()] == [RunState.ABORTED]


def test_a_kubeconfig_of_another_cluster_in_the_vault_is_not_replaced(place):
    place.site.vault.put("w01/kubeconfig", "apiVersion: v1\nkind: Config\n")

    with pytest.raises(Refused) as caught:
        adopt(place)

    assert caught.value.code == "KUBECONFIG_OTHER"


def test_without_a_kubeconfig_nothing_is_adopted(place):
    place.site.vault.delete("w01/adopting")

    with pytest.raises(PermanentError) as caught:
        adopt(place)

    assert caught.value.code == "KUBECONFIG_MISSING"


def test_a_cluster_that_does_not_answer_is_tried_again_and_then_told(place):
    place.world.silence_cluster("w01")

    with pytest.raises(TemporaryError) as caught:
        adopt(place)

    assert caught.value.code == "CLUSTER_SILENT"
    assert REF.name not in str(caught.value)

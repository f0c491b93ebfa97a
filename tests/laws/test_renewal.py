"""Renewing certificates: every machine that holds some is replaced once, and nothing else is."""

from __future__ import annotations

import shutil
from datetime import datetime

import pytest

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import build, ref_of
from bedplate.certificates import etcd_servers, plane_servers
from bedplate.engine.journal import RunState
from bedplate.errors import PermanentError, PreflightFailed, Refused
from bedplate.inspection import certificates_of, drift_of, inspect_cluster
from bedplate.managed_operations import RENEW_MANAGED
from bedplate.operations import RENEW
from bedplate.phases.deletion.anywhere import PAUSED
from bedplate.ports.kube import JSON, Kind, Reach, Ref, Side
from bedplate.service import run_to_end
from bedplate.simulation import parse_fault
from bedplate.spec import load_text
from tests.laws.making import Place

MONTHS = 200 * 86_400.0
NEW_ONES = 5  # two control-plane machines and three of etcd


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """The folder of a place with one finished cluster, whose certificates are months old."""
    folder = tmp_path_factory.mktemp("finished")
    place = Place(folder)
    assert place.create() is RunState.COMPLETED
    pass_time(place)
    place.journal.close()
    return folder


@pytest.fixture
def place(made_once, tmp_path):
    folder = tmp_path / "place"
    shutil.copytree(made_once, folder)
    found = Place(folder)
    yield found
    found.journal.close()


def pass_time(place):
    place.world.advance(place.world.now() + MONTHS)


def renew(place, *, last=None, operation=RENEW):
    with place.session(operation=operation, last=last) as session:
        return run_to_end(session)


def ports(place):
    return place.site.open(load_text(place.text))


def kube(place, side=Side.CLUSTER):
    return ports(place).kube[side]


def ends(place, side=Side.CLUSTER):
    """When the certificate ends that each server shows, by the kind of server."""
    spec, network = load_text(place.text), ports(place).network
    found = {
        "plane": tuple(plane_servers(spec, kube(place, side))),
        "etcd": tuple(etcd_servers(spec, kube(place, side))),
    }
    shown = {name: [one.look(network) for one in each] for name, each in found.items()}
    assert all(one is not None for each in shown.values() for one in each)
    return {name: [one.not_after for one in each if one] for name, each in shown.items()}


def written_kubeconfig(place, cluster="w01"):
    """The kubeconfig as Cluster API has it now."""
    secret = kube(place).get(ref_of(kinds.SECRET, names.kubeconfig_secret(cluster)))
    return objects.decoded(objects.text(secret, "data", "value"))


def is_paused(place):
    found = kube(place).get(Ref(kinds.ANYWHERE_CLUSTER, "default", "w01"))
    return PAUSED in objects.annotations_of(found)


def replaced(place, owner):
    """What happened to the machines of an owner since the create."""
    events = [event.event for event in place.world.vm_events() if event.name.startswith(owner)]
    return events[{"w01-etcd-": 3, "w01-md-0-": 2}[owner] :]


def test_every_machine_with_certificates_is_replaced_once_and_no_worker_is(place):
    before = ends(place)

    assert renew(place) is RunState.COMPLETED

    after = ends(place)
    assert len(place.made()) == 7 + NEW_ONES
    assert len(place.destroyed()) == NEW_ONES
    assert replaced(place, "w01-etcd-") == ["made"] * 3 + ["destroyed"] * 3
    assert replaced(place, "w01-md-0-") == []
    assert min(after["plane"]) > max(before["plane"]) + MONTHS - 86_400
    assert min(after["etcd"]) > max(before["etcd"]) + MONTHS - 86_400
    assert not is_paused(place)
    plane = kube(place).get(ref_of(kinds.KUBEADM_CONTROL_PLANE, "w01"))
    assert not objects.is_paused(plane)


def test_a_second_renewal_at_once_finds_nothing_to_do_and_one_months_later_does(place):
    renew(place)
    made = place.made()

    assert renew(place) is RunState.COMPLETED
    assert place.made() == made

    pass_time(place)
    assert renew(place) is RunState.COMPLETED
    assert len(place.made()) == len(made) + NEW_ONES


def test_a_renewal_is_no_drift_and_the_next_upgrade_replaces_nothing_twice(place):
    renew(place)
    found = drift_of(inspect_cluster(place.site, place.journal, "w01"))
    assert (found.drifts, found.unseen) == ((), ())
    made = len(place.made())
    place.text = place.text.replace('"1.34"', '"1.35"')

    assert place.upgrade() is RunState.COMPLETED

    assert len(place.made()) == made + 7
    assert renew(place) is RunState.COMPLETED
    assert len(place.made()) == made + 7


@pytest.mark.parametrize("change", ["renewal", "upgrade", "nothing", "look"])
def test_a_kubeconfig_that_was_written_anew_is_fetched_before_the_former_one_ends(place, change):
    former = ports(place).vault.get("w01/kubeconfig")
    assert written_kubeconfig(place) != former

    if change == "renewal":
        renew(place)
    elif change == "upgrade":
        place.text = place.text.replace('"1.34"', '"1.35"')
        place.upgrade()
    elif change == "nothing":
        place.scale()
    else:
        certificates_of(inspect_cluster(place.site, place.journal, "w01"))

    assert ports(place).vault.get("w01/kubeconfig") == written_kubeconfig(place)
    assert ports(place).files.read(names.kubeconfig_file("w01")) == written_kubeconfig(place)
    pass_time(place)
    assert kube(place).reach() is Reach.ANSWERS


def test_a_kubeconfig_that_nobody_fetched_for_a_year_lets_nobody_in(place):
    pass_time(place)
    assert kube(place).reach() is Reach.SILENT
    found = certificates_of(inspect_cluster(place.site, place.journal, "w01"))
    assert {one.code for one in found.unseen} == {"CLUSTER_SILENT"}


def test_a_look_fetches_nothing_while_somebody_works_on_the_cluster(place):
    former = ports(place).vault.get("w01/kubeconfig")
    with place.session(operation=RENEW):
        certificates_of(inspect_cluster(place.site, place.journal, "w01"))
        assert ports(place).vault.get("w01/kubeconfig") == former


@pytest.mark.parametrize("step", [step.name for step in RENEW.steps])
def test_a_renewal_stopped_after_any_step_replaces_no_machine_twice(place, step):
    renew(place, last=step)
    if step != "unpause":
        assert not is_paused(place)

    assert renew(place) is RunState.COMPLETED

    assert len(place.made()) == 7 + NEW_ONES
    assert not is_paused(place)


def test_a_renewal_resumed_days_later_goes_on_with_the_moment_that_it_chose(place):
    renew(place, last="external-etcd")
    place.world.inject(parse_fault("kube.cluster.patch:KubeadmControlPlane=deniedx1"))
    chosen = place.world.now()
    with pytest.raises(PermanentError):
        renew(place)
    place.world.advance(chosen + 3 * 86_400)

    assert renew(place) is RunState.COMPLETED

    plane = kube(place).get(ref_of(kinds.KUBEADM_CONTROL_PLANE, "w01"))
    after = datetime.fromisoformat(objects.text(plane, "spec", "rollout", "after"))
    assert after.timestamp() < chosen + 3600
    assert len(place.made()) == 7 + NEW_ONES


def test_an_abort_leaves_the_machines_that_are_there_and_orders_no_more(place):
    renew(place, last="control-plane")
    place.abort(RENEW)

    plane = kube(place).get(ref_of(kinds.KUBEADM_CONTROL_PLANE, "w01"))
    assert objects.text(plane, "spec", "rollout", "after") == ""
    assert not objects.is_paused(plane)
    assert not is_paused(place)
    place.world.advance(place.world.now() + 600)
    assert len(place.world.virtual_machines()) == 7


def test_a_disruption_budget_that_allows_nothing_stops_it_before_anything_is_replaced(place):
    budget = Kind("policy/v1", "PodDisruptionBudget")
    ref = Ref(budget, "shop", "frontend")
    shop = build(kinds.NAMESPACE, "shop", {}, namespace="")
    kube(place).create(objects.ref(shop), shop)
    status = {"disruptionsAllowed": 0, "expectedPods": 1, "currentHealthy": 1}
    body: dict[str, JSON] = {"spec": {"minAvailable": 1}, "status": status}
    kube(place).create(ref, build(budget, "frontend", body, namespace="shop"))

    with pytest.raises(PreflightFailed) as caught:
        renew(place)

    assert "PodDisruptionBudget shop/frontend" in caught.value.seen
    assert place.destroyed() == []


def test_a_cluster_that_runs_otherwise_than_on_record_is_not_renewed(place):
    place.text = place.text.replace("memoryMiB: 8192", "memoryMiB: 16384")

    with pytest.raises(PreflightFailed) as caught:
        renew(place)

    assert "memoryMiB" in caught.value.seen
    assert place.destroyed() == []


def test_an_upgrade_waits_for_a_renewal_that_has_not_ended(place):
    renew(place, last="pause")
    place.text = place.text.replace('"1.34"', '"1.35"')

    with pytest.raises(Refused):
        place.upgrade()


def test_without_the_template_of_etcd_nothing_is_replaced(place):
    etcd = kube(place).get(ref_of(kinds.ETCDADM_CLUSTER, "w01-etcd"))
    kind = Kind(kinds.VSPHERE_CLUSTER.api_version, "VSphereMachineTemplate")
    name = objects.text(etcd, "spec", "infrastructureTemplate", "name")
    kube(place).delete(ref_of(kind, name))

    with pytest.raises(PermanentError) as caught:
        renew(place)

    assert caught.value.code == "TEMPLATE_GONE"
    assert place.destroyed() == []


def test_a_managed_cluster_is_renewed_by_its_manager_which_keeps_its_own_machines(made):
    pass_time(made)
    own, others = made.own_machines(), len(made.made())

    assert renew(made, operation=RENEW_MANAGED) is RunState.COMPLETED

    assert len(made.made()) == others + 1
    assert len(set(made.own_machines()) - set(own)) == 1
    assert {name.split("-")[0] for name in made.destroyed()} == {"w02"}
    assert renew(made, operation=RENEW_MANAGED) is RunState.COMPLETED
    assert len(made.made()) == others + 1

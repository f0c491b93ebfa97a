"""External etcd's former members: who is one, and when it is said that they may go."""

import pytest

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import ref_of
from bedplate.capi.external_etcd import PLANE_DONE, serves
from bedplate.phases.upgrade.etcd_members import former_members, let_former_go, still_there
from bedplate.ports.kube import JSON, Ref
from bedplate.spec import load_file
from tests.laws.making import SPEC_FILE
from tests.unit.capi.vsphere_set import thing
from tests.unit.phases.one_side import Api

SPEC = load_file(SPEC_FILE)
NEW, OLD = "https://198.18.0.31:2379", "https://198.18.0.32:2379"
ETCD = ref_of(kinds.ETCDADM_CLUSTER, "w01-etcd")


def put(api, manifest):
    api.objects[objects.ref(manifest)] = manifest


def machine(name, *owners):
    labels: dict[str, JSON] = {kinds.CLUSTER_NAME_LABEL: "w01", kinds.ETCD_LABEL: "w01-etcd"}
    made = thing(kinds.MACHINE.api_version, "Machine", name, labels=labels)
    made["metadata"]["ownerReferences"] = list(owners)
    return made


@pytest.fixture
def api():
    """An API server with one member of etcd and a former one, which the Cluster adopted."""
    found = Api("own", {})
    etcd = thing(ETCD.kind.api_version, "EtcdadmCluster", "w01-etcd", spec={"replicas": 1})
    etcd["metadata"] |= {"uid": "of-etcd", "generation": 2}
    etcd["status"] = {"ready": True, "endpoints": NEW, "observedGeneration": 2}
    put(found, etcd)
    owner = {"apiVersion": "v1", "kind": "EtcdadmCluster", "name": "w01-etcd", "uid": "of-etcd"}
    adopter = {"apiVersion": "v1", "kind": "Cluster", "name": "w01", "uid": "of-cluster"}
    put(found, machine("w01-etcd-new", owner | {"controller": True}))
    put(found, machine("w01-etcd-old", adopter))
    return found


def tell_plane(api, *endpoints):
    configuration = {"etcd": {"external": {"endpoints": list(endpoints)}}}
    spec = {"kubeadmConfigSpec": {"clusterConfiguration": configuration}}
    kind = kinds.KUBEADM_CONTROL_PLANE
    put(api, thing(kind.api_version, kind.kind, "w01", spec=spec))


def is_said(api):
    return PLANE_DONE in objects.annotations_of(api.get(ETCD))


def test_a_machine_that_etcd_does_not_own_any_more_is_a_former_member(api):
    assert [objects.name(one) for one in former_members(api, SPEC)] == ["w01-etcd-old"]
    waiting = still_there(api, SPEC)
    assert waiting is not None
    assert waiting.on == "w01-etcd-old to be deleted, no members of etcd any more"


def test_without_their_owner_all_are_former_members(api):
    del api.objects[ETCD]
    assert len(former_members(api, SPEC)) == 2


def test_they_may_go_once_the_control_plane_uses_the_new_members_alone(api):
    tell_plane(api, OLD)
    let_former_go(api, SPEC)
    assert not is_said(api)

    tell_plane(api, NEW)
    let_former_go(api, SPEC)
    assert is_said(api)


def test_where_there_are_none_nothing_is_said_and_nothing_waited_for(api):
    tell_plane(api, NEW)
    del api.objects[Ref(kinds.MACHINE, names.NAMESPACE, "w01-etcd-old")]

    let_former_go(api, SPEC)

    assert not is_said(api)
    assert still_there(api, SPEC) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, True),
        ({"ready": False}, False),
        ({"observedGeneration": 1}, False),
        ({"endpoints": f"{NEW},{OLD}"}, False),
        ({"endpoints": ""}, False),
    ],
)
def test_etcd_serves_with_as_many_endpoints_as_members_are_asked_for(api, change, said):
    api.objects[ETCD]["status"] |= change
    assert serves(api.get(ETCD)) is said

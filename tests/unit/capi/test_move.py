from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.capi import objects
from bedplate.capi.graph import ObjectGraph, kinds_to_move
from bedplate.capi.move import (
    dangling_owners,
    digest,
    machine_ids,
    plan_move,
    ready_to_move,
    rewrite,
)
from bedplate.errors import PermanentError
from tests.unit.capi import vsphere_set as world

SHAPES = st.tuples(st.integers(0, 3), st.integers(0, 4))


def graph_of(name, universe):
    return ObjectGraph.within(name, universe, kinds_to_move(world.CRDS))


@st.composite
def owned_sets(draw):
    """A Cluster and objects of its label, each owned by some of those drawn before it."""
    cluster = world.thing(world.CORE, "Cluster", "w01", labels=label("w01"), spec={"x": 1})
    found = [cluster]
    for number in range(draw(st.integers(0, 25))):
        owners = draw(st.lists(st.sampled_from(found), max_size=3, unique_by=id))
        found.append(
            world.thing(
                draw(st.sampled_from([world.VSPHERE, world.CORE])),
                draw(st.sampled_from(["Machine", "Thing", "Other"])),
                f"o{number}",
                *owners,
                labels=label("w01"),
                spec={"value": draw(st.integers())},
            )
        )
    return draw(st.permutations(found))


def label(name):
    return {"cluster.x-k8s.io/cluster-name": name}


def move(plan):
    """What stands on the other side after each object was created there, owners first."""
    uids, made = {}, []
    for obj in plan:
        created = rewrite(obj, uids, {"bedplate/move": "m1"})
        uid = f"new-{len(made)}"
        uids[objects.uid(obj)] = uid
        metadata = {**objects.mapping(created, "metadata"), "uid": uid, "generation": 1}
        made.append({**created, "metadata": metadata})
    return made


@given(owned_sets())
def test_an_owner_comes_before_what_it_owns(universe):
    seen = set()
    for obj in plan_move(ObjectGraph.within("w01", universe)):
        assert {owner.uid for owner in objects.owner_references(obj)} <= seen
        seen.add(objects.uid(obj))


@given(owned_sets())
def test_no_object_is_lost_or_planned_twice(universe):
    planned = [objects.uid(obj) for obj in plan_move(ObjectGraph.within("w01", universe))]
    assert sorted(planned) == sorted(objects.uid(obj) for obj in universe)


@given(owned_sets())
def test_the_cluster_comes_before_everything_else(universe):
    groups = plan_move(ObjectGraph.within("w01", universe)).groups
    assert [obj["kind"] for obj in groups[0]] == ["Cluster"]


@given(owned_sets(), st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_reading(universe, random):
    shuffled = list(universe)
    random.shuffle(shuffled)
    assert plan_move(ObjectGraph.within("w01", universe)) == plan_move(
        ObjectGraph.within("w01", shuffled)
    )


@given(owned_sets())
def test_every_owner_lives_on_the_other_side(universe):
    made = move(plan_move(ObjectGraph.within("w01", universe)))
    assert dangling_owners(made) == ()


@given(owned_sets())
def test_the_digest_is_the_same_on_both_sides(universe):
    plan = plan_move(ObjectGraph.within("w01", universe))
    assert digest(move(plan)) == digest(plan)


@given(owned_sets(), st.data())
def test_the_digest_notices_any_change_of_a_specification(universe, data):
    number = data.draw(st.integers(0, len(universe) - 1))
    changed = copy.deepcopy(universe)
    changed[number]["spec"]["value"] = "changed"
    assert digest(changed) != digest(universe)


@given(SHAPES, SHAPES)
def test_objects_of_another_cluster_are_never_planned(mine, theirs):
    ours = world.vsphere_cluster("w01", control_planes=mine[0], workers=mine[1])
    others = world.vsphere_cluster("w01-b", control_planes=theirs[0], workers=theirs[1])
    planned = plan_move(graph_of("w01", [*others, *ours]))
    assert {objects.uid(obj) for obj in planned} == {objects.uid(obj) for obj in ours}


def test_a_vsphere_cluster_is_moved_from_the_cluster_down_to_its_machines():
    groups = plan_move(graph_of("w01", world.vsphere_cluster("w01"))).groups
    depth = {objects.ref(obj).identity: n for n, group in enumerate(groups) for obj in group}
    chain = [
        "Cluster eksa-system/w01",
        "KubeadmControlPlane eksa-system/w01",
        "Machine eksa-system/w01-c0000",
        "VSphereMachine eksa-system/w01-c0000",
        "VSphereVM eksa-system/w01-c0000",
    ]
    assert [depth[one] for one in chain] == sorted({depth[one] for one in chain})


@pytest.mark.parametrize(
    "change",
    [
        lambda obj: obj["metadata"].update(labels={"x": "y"}),
        lambda obj: obj["metadata"].update(annotations={"x": "y"}),
        lambda obj: obj["metadata"].update(finalizers=["x"]),
        lambda obj: obj.update(data={"username": "eA=="}),
        lambda obj: obj["metadata"].update(ownerReferences=[]),
    ],
)
def test_the_digest_notices_what_matters_of_an_object(change):
    before = world.vsphere_cluster("w01")
    after = copy.deepcopy(before)
    change(next(obj for obj in after if objects.name(obj).endswith("credentials")))
    assert digest(after) != digest(before)


@pytest.mark.parametrize(
    "change",
    [
        lambda obj: obj["metadata"].update(resourceVersion="9"),
        lambda obj: obj["metadata"].update(annotations={"bedplate/move": "m1"}),
        lambda obj: obj.update(status={"phase": "Deleting"}),
        lambda obj: obj["spec"].update(paused=True),
    ],
)
def test_the_digest_does_not_mind_what_each_side_has_of_its_own(change):
    before = world.vsphere_cluster("w01")
    after = copy.deepcopy(before)
    change(next(obj for obj in after if obj["kind"] == "Cluster"))
    assert digest(after) == digest(before)


def test_a_rewritten_object_brings_nothing_that_the_server_gives():
    rewritten = rewrite(world.vsphere_cluster("w01")[0], {})
    assert objects.mapping(rewritten, "metadata").keys() == {
        "name",
        "namespace",
        "labels",
        "finalizers",
    }


def test_a_rewritten_cluster_is_paused_and_keeps_its_status():
    cluster = rewrite(world.vsphere_cluster("w01")[0], {})
    assert objects.flag(cluster, "spec", "paused")
    assert objects.text(cluster, "status", "phase") == "Provisioned"


def test_a_rewritten_object_acknowledges_no_pause():
    for obj in world.vsphere_cluster("w01"):
        uids = {owner.uid: "new" for owner in objects.owner_references(obj)}
        assert objects.condition(rewrite(obj, uids), "Paused") is None


def test_an_object_that_no_cluster_can_pause_is_paused_by_annotation():
    mine = world.vsphere_cluster("w01")
    resources = next(obj for obj in mine if obj["kind"] == "ClusterResourceSet")
    assert objects.is_paused(rewrite(resources, {}))
    assert digest([rewrite(resources, {})]) == digest([resources])


def test_a_pause_annotation_of_somebody_else_stays_as_it_is():
    resources = world.thing(world.ADDONS, "ClusterResourceSet", "w01-cpi", spec={})
    resources["metadata"]["annotations"] = {objects.PAUSED_ANNOTATION: "by hand"}
    assert objects.annotations_of(rewrite(resources, {})) == {objects.PAUSED_ANNOTATION: "by hand"}


def test_an_owner_that_is_not_moved_is_refused_with_both_names():
    mine = world.vsphere_cluster("w01")
    gone = world.thing("example/v1", "Ghost", "casper")
    mine.append(world.thing("v1", "Secret", "haunted", gone, labels=label("w01")))
    with pytest.raises(
        PermanentError, match=r"Secret eksa-system/haunted .* Ghost casper"
    ) as caught:
        plan_move(graph_of("w01", mine))
    assert caught.value.code == "MOVE_DANGLING_OWNER"


def test_a_machine_template_owned_by_two_clusters_is_refused():
    mine, theirs = world.vsphere_cluster("w01"), world.vsphere_cluster("w02")
    shared = world.thing(world.VSPHERE, "VSphereMachineTemplate", "shared", mine[0], theirs[0])
    with pytest.raises(PermanentError, match="Cluster w02"):
        plan_move(graph_of("w01", [*mine, *theirs, shared]))


def test_rewriting_before_the_owner_exists_is_refused():
    machine = next(obj for obj in world.vsphere_cluster("w01") if obj["kind"] == "Machine")
    with pytest.raises(PermanentError) as caught:
        rewrite(machine, {})
    assert caught.value.code == "MOVE_DANGLING_OWNER"


def test_objects_that_own_each_other_are_refused():
    mine = world.vsphere_cluster("w01")
    one = world.thing(world.CORE, "Thing", "one", labels=label("w01"))
    two = world.thing(world.CORE, "Thing", "two", one, labels=label("w01"))
    one["metadata"]["ownerReferences"] = [world.owner_reference(two)]
    with pytest.raises(
        PermanentError, match=r"Thing eksa-system/one, Thing eksa-system/two"
    ) as caught:
        plan_move(graph_of("w01", [*mine, one, two]))
    assert caught.value.code == "MOVE_OWNER_CYCLE"


def test_a_cluster_whose_machines_have_joined_is_ready_to_move():
    graph = graph_of("w01", world.vsphere_cluster("w01"))
    assert ready_to_move(graph) == ()
    assert machine_ids(graph)["w01-c0000"] == "vsphere://w01-c0000"


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("Machine", lambda o: o["status"].pop("nodeRef"), "has no node yet"),
        ("Machine", lambda o: o["metadata"].update(deletionTimestamp="x"), "is being deleted"),
        ("KubeadmControlPlane", lambda o: o["spec"].update(replicas=3), "is being scaled"),
        ("Cluster", lambda o: o["status"].pop("initialization"), "has no control plane yet"),
        (
            "VSphereVM",
            lambda o: o["metadata"].update(
                annotations={"clusterctl.cluster.x-k8s.io/block-move": ""}
            ),
            "asks for the move to wait",
        ),
    ],
)
def test_what_is_not_ready_is_said(kind, change, reason):
    mine = copy.deepcopy(world.vsphere_cluster("w01"))
    change(next(obj for obj in mine if obj["kind"] == kind))
    assert any(reason in said for said in ready_to_move(graph_of("w01", mine)))


def test_an_external_etcd_machine_needs_a_virtual_machine_but_no_node():
    mine = copy.deepcopy(world.vsphere_cluster("w01"))
    machine = next(obj for obj in mine if obj["kind"] == "Machine")
    machine["metadata"]["labels"]["cluster.x-k8s.io/etcd-cluster"] = "w01-etcd"
    del machine["status"]["nodeRef"]
    assert ready_to_move(graph_of("w01", mine)) == ()
    del machine["spec"]["providerID"]
    assert ready_to_move(graph_of("w01", mine)) == (
        "Machine eksa-system/w01-c0000 has no machine yet",
    )

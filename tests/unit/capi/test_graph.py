from __future__ import annotations

import pytest

from bedplate.capi import objects
from bedplate.capi.graph import MovableKind, ObjectGraph, kinds_to_move
from bedplate.ports.kube import Kind
from tests.unit.capi import vsphere_set as world


def graph_of(name, universe):
    return ObjectGraph.within(name, universe, kinds_to_move(world.CRDS))


def names(graph):
    return {objects.ref(obj).identity for obj in graph}


def test_a_kind_is_moved_at_its_stored_version_only():
    found = kinds_to_move([world.crd(world.CORE, "Machine")])
    assert MovableKind(Kind(world.CORE, "Machine")) in found
    assert len(found) == 3
    assert {one.kind.kind for one in found} == {"Machine", "Secret", "ConfigMap"}


def test_a_kind_that_no_provider_defines_is_not_moved():
    foreign = {**world.crd("flux.io/v1", "GitRepository"), "metadata": {"name": "x"}}
    assert Kind("flux.io/v1", "GitRepository") not in {o.kind for o in kinds_to_move([foreign])}


def test_the_clusterctl_label_makes_a_kind_movable_and_its_inventory_stays():
    label = {"clusterctl.cluster.x-k8s.io": ""}
    own = {**world.crd("ipam.example/v1", "Pool"), "metadata": {"name": "x", "labels": label}}
    provider = world.crd("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider")
    kinds = {one.kind.kind for one in kinds_to_move([own, provider])}
    assert kinds == {"Pool", "Secret", "ConfigMap"}


def test_scope_and_move_label_of_a_kind_are_read_from_its_definition():
    kinds = {one.kind.kind: one for one in kinds_to_move(world.CRDS)}
    assert not kinds["VSphereDeploymentZone"].namespaced
    assert kinds["VSphereDeploymentZone"].forced
    assert kinds["Machine"].namespaced
    assert not kinds["Machine"].forced


def test_everything_that_belongs_to_a_cluster_is_found():
    mine = world.vsphere_cluster("w01", control_planes=3, workers=2)
    graph = graph_of("w01", [*mine, *world.strangers()])
    assert names(graph) == {objects.ref(obj).identity for obj in mine}
    assert len(graph.machines()) == 5


@pytest.mark.parametrize("other", ["w02", "w01-b", "w0"])
def test_objects_of_another_cluster_in_the_same_namespace_are_not_found(other):
    mine, theirs = world.vsphere_cluster("w01"), world.vsphere_cluster(other)
    graph = graph_of("w01", [*theirs, *mine, *world.strangers()])
    assert names(graph) == {objects.ref(obj).identity for obj in mine}


def test_a_cluster_that_does_not_exist_has_no_objects():
    graph = graph_of("w09", world.vsphere_cluster("w01"))
    assert len(graph) == 0
    assert graph.cluster is None


def test_a_label_alone_is_no_cluster():
    left = [obj for obj in world.vsphere_cluster("w01") if obj["kind"] != "Cluster"]
    assert len(graph_of("w01", left)) == 0


def test_a_shared_resource_set_comes_with_its_own_binding_but_not_with_the_others():
    mine, theirs = world.vsphere_cluster("w01"), world.vsphere_cluster("w02")
    shared = world.thing(world.ADDONS, "ClusterResourceSet", "shared", spec={})
    bindings = [
        world.thing(
            world.ADDONS,
            "ClusterResourceSetBinding",
            f"{name}-b",
            shared,
            spec={"clusterName": name},
        )
        for name in ("w01", "w02")
    ]
    found = names(graph_of("w01", [*mine, *theirs, shared, *bindings]))
    assert "ClusterResourceSet eksa-system/shared" in found
    assert "ClusterResourceSetBinding eksa-system/w01-b" in found
    assert "ClusterResourceSetBinding eksa-system/w02-b" not in found


def test_a_secret_with_a_known_purpose_belongs_without_label_or_owner():
    mine = world.vsphere_cluster("w01")
    named = world.thing("v1", "Secret", "w01-sa", data={})
    other = world.thing("v1", "Secret", "w01-notes", data={})
    found = names(graph_of("w01", [*mine, named, other]))
    assert "Secret eksa-system/w01-sa" in found
    assert "Secret eksa-system/w01-notes" not in found


def test_objects_come_in_the_same_order_whatever_order_they_were_read_in():
    mine = world.vsphere_cluster("w01", workers=3)
    assert list(graph_of("w01", mine)) == list(graph_of("w01", mine[::-1]))

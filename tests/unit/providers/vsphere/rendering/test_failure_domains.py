"""The parts of a datacenter that fail on their own."""

from typing import Any

from bedplate.providers.vsphere.rendering.failure_domains import (
    failure_domain_name,
    failure_domains,
)
from tests.unit.providers.vsphere.rendering.drawing import Draft, only


def _draft(*names: str) -> Draft:
    draft = Draft()
    draft.datacenter["failureDomains"] = [
        {
            "name": name,
            "computeCluster": f"/DC0/host/{name}",
            "resourcePool": f"/DC0/host/{name}/Resources",
            "datastore": f"/DC0/datastore/{name}",
            "folder": f"/DC0/vm/{name}",
            "network": f"/DC0/network/{name}",
        }
        for name in names
    ]
    return draft


def test_a_datacenter_without_failure_domains_has_no_objects() -> None:
    assert failure_domains(Draft().blueprint()) == ()


def test_every_failure_domain_becomes_a_domain_and_a_zone_of_one_name() -> None:
    found = failure_domains(_draft("fd-1", "fd-2").blueprint())
    seen = [(one["kind"], _metadata(one)["name"]) for one in found]
    assert seen == [
        ("VSphereFailureDomain", "w01-w01-fd-1"),
        ("VSphereDeploymentZone", "w01-w01-fd-1"),
        ("VSphereFailureDomain", "w01-w01-fd-2"),
        ("VSphereDeploymentZone", "w01-w01-fd-2"),
    ]


def test_they_are_cluster_scoped_and_the_zone_says_whose_it_is() -> None:
    found = failure_domains(_draft("fd-1").blueprint())
    assert not any("namespace" in _metadata(one) for one in found)
    assert _metadata(only(found, "VSphereDeploymentZone"))["labels"] == {
        "infrastructure.cluster.x-k8s.io/cluster-name": "w01",
        "infrastructure.cluster.x-k8s.io/vsphere-datacenter-config-name": "w01",
    }


def test_a_domain_is_a_compute_cluster_whose_vcenter_tags_are_made_where_missing() -> None:
    spec = only(failure_domains(_draft("fd-1").blueprint()), "VSphereFailureDomain")["spec"]
    assert spec["region"] == _tag("DC0", "Datacenter", "k8s-region")
    assert spec["zone"] == _tag("/DC0/host/fd-1", "ComputeCluster", "k8s-zone")
    assert spec["topology"] == {
        "datacenter": "DC0",
        "computeCluster": "/DC0/host/fd-1",
        "datastore": "/DC0/datastore/fd-1",
        "networks": ["/DC0/network/fd-1"],
    }


def test_a_zone_places_machines_in_the_domains_pool_and_folder() -> None:
    blueprint = _draft("fd-1").blueprint()
    spec = only(failure_domains(blueprint), "VSphereDeploymentZone")["spec"]
    assert spec["failureDomain"] == failure_domain_name(blueprint.spec, "fd-1")
    assert spec["placementConstraint"] == {
        "resourcePool": "/DC0/host/fd-1/Resources",
        "folder": "/DC0/vm/fd-1",
    }
    assert spec["server"] == "vcenter.example.com"


def test_what_a_failure_domain_leaves_out_is_no_place_with_an_empty_name() -> None:
    draft = Draft()
    draft.datacenter["failureDomains"] = [{"name": "fd-1"}]
    found = failure_domains(draft.blueprint())
    topology = only(found, "VSphereFailureDomain")["spec"]["topology"]
    assert topology == {
        "datacenter": "DC0",
        "computeCluster": None,
        "datastore": None,
        "networks": [None],
    }
    placement = only(found, "VSphereDeploymentZone")["spec"]["placementConstraint"]
    assert placement == {"resourcePool": None, "folder": None}


def _metadata(manifest: Any) -> Any:
    return manifest["metadata"]


def _tag(name: str, kind: str, category: str) -> dict[str, object]:
    return {"name": name, "type": kind, "tagCategory": category, "autoConfigure": True}

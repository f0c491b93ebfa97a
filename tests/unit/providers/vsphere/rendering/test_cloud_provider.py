"""The cloud provider that a new cluster gets."""

import base64
from typing import Any

import yaml

from bedplate.providers.vsphere.rendering.cloud_provider import cloud_provider
from tests.unit.providers.vsphere.rendering.drawing import Draft, only


def _inside(draft: Draft, name: str) -> list[Any]:
    """Return the manifests inside one of the resources."""
    objects: Any = cloud_provider(draft.blueprint())
    (found,) = (one for one in objects if _name(one) == name)
    text = (found.get("stringData") or found["data"])["data"]
    return list(yaml.safe_load_all(text))


def _name(manifest: Any) -> str:
    return str(manifest["metadata"]["name"])


def test_the_resource_set_puts_exactly_what_is_rendered_into_the_cluster_of_its_name() -> None:
    first, *resources = cloud_provider(Draft().blueprint())
    spec: Any = first["spec"]
    assert first["kind"] == "ClusterResourceSet"
    assert spec["clusterSelector"] == {"matchLabels": {"cluster.x-k8s.io/cluster-name": "w01"}}
    named = [(one["kind"], one["name"]) for one in spec["resources"]]
    assert named == [(one["kind"], _name(one)) for one in resources]


def test_it_is_applied_again_when_it_changes() -> None:
    spec: Any = only(cloud_provider(Draft().blueprint()), "ClusterResourceSet")["spec"]
    assert spec["strategy"] == "Reconcile"


def test_its_secrets_have_the_only_type_that_a_resource_set_takes() -> None:
    secrets = [one for one in cloud_provider(Draft().blueprint()) if one["kind"] == "Secret"]
    assert {one["type"] for one in secrets} == {"addons.cluster.x-k8s.io/resource-set"}


def test_the_login_inside_is_the_cloud_providers_own_filed_under_the_server() -> None:
    (secret,) = _inside(Draft(), "w01-cloud-provider-vsphere-credentials")
    plain = {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
    assert plain == {
        "vcenter.example.com.username": "cpi@vsphere.local",
        "vcenter.example.com.password": "two",
    }


def test_its_configuration_names_server_datacenter_and_thumbprint() -> None:
    draft = Draft()
    config = only(_inside(draft, "w01-cpi-manifests"), "ConfigMap")
    settings = yaml.safe_load(config["data"]["vsphere.conf"])
    assert settings["global"]["insecureFlag"] is False
    assert settings["global"]["thumbprint"] == draft.datacenter["thumbprint"]
    assert settings["vcenter"]["vcenter.example.com"]["datacenters"] == ["DC0"]


def test_an_insecure_datacenter_makes_it_insecure_too() -> None:
    draft = Draft()
    draft.datacenter["insecure"] = True
    config = only(_inside(draft, "w01-cpi-manifests"), "ConfigMap")
    assert yaml.safe_load(config["data"]["vsphere.conf"])["global"]["insecureFlag"] is True


def test_its_image_is_that_of_the_bundle() -> None:
    draft = Draft()
    pod = _pod(draft)
    image = draft.blueprint().versions.bundle.v_sphere.manager.uri
    assert [one["image"] for one in pod["containers"]] == [image]


def test_it_runs_on_nodes_that_nothing_else_runs_on_yet() -> None:
    keys = [one["key"] for one in _pod(Draft())["tolerations"]]
    assert "node.cloudprovider.kubernetes.io/uninitialized" in keys
    assert "node.kubernetes.io/not-ready" in keys


def test_it_tolerates_the_control_planes_own_taints() -> None:
    draft = Draft()
    draft.cluster["controlPlaneConfiguration"]["taints"] = [
        {"key": "team", "value": "red", "effect": "NoExecute"},
        {"key": "bare", "effect": "NoSchedule"},
    ]
    tolerations = _pod(draft)["tolerations"]
    assert {"key": "team", "value": "red", "effect": "NoExecute"} in tolerations
    assert {"key": "bare", "effect": "NoSchedule"} in tolerations


def _pod(draft: Draft) -> Any:
    return only(_inside(draft, "w01-cpi-manifests"), "DaemonSet")["spec"]["template"]["spec"]

"""What we render is what EKS Anywhere renders, for every example of its own that we have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from bedplate.capi import objects
from bedplate.capi.blueprint import Blueprint, Login, RenderSecrets, TemplateNames
from bedplate.capi.external_etcd import SKIP_PAUSE
from bedplate.ports.kube import Manifest
from bedplate.providers.docker import rendering as docker
from bedplate.providers.vsphere import rendering as vsphere
from bedplate.spec import read_text
from tests.golden.bundle import SHARED, golden_bundle
from tests.golden.comparer import differences
from tests.golden.reading import read_documents

RENDER = SHARED / "render"
LOGIN = Login("vsphere_username", "vsphere_password")

RENDERED_APART = frozenset({"MachineHealthCheck"})
"""Kinds that EKS Anywhere applies by themselves, so its goldens have none of them."""

ADDED_LATER = SKIP_PAUSE
"""What EKS Anywhere's templates do not have: its ReconcileControlPlane adds it to a control plane
before it applies what they render."""

KUBELET = {"maxPods": 20}
RESOLVER = {"resolvConf": {"path": "test-path"}}


@dataclass(frozen=True)
class Case:
    """A golden, the specification it was made from, and what the Go test set in it beforehand."""

    golden: str
    spec: str
    render: Callable[[Blueprint], Sequence[Manifest]]
    kubelet: str = ""
    secrets: RenderSecrets = RenderSecrets()

    def blueprint(self) -> Blueprint:
        spec = read_text(yaml.safe_dump_all(self.documents()))
        names = TemplateNames.first(spec)
        return Blueprint(spec, golden_bundle(spec), names, secrets=self.secrets)

    def documents(self) -> list[Any]:
        found = list(yaml.safe_load_all((RENDER / self.spec).read_text()))
        if self.kubelet:
            spec = next(item for item in found if item["kind"] == "Cluster")["spec"]
            place = spec[self.kubelet]
            group = place[0] if isinstance(place, list) else place
            group["kubeletConfiguration"] = KUBELET
            spec["clusterNetwork"]["dns"] = RESOLVER
        return found


CASES = (
    Case(
        "vsphere/expected_kcp.yaml",
        "vsphere/cluster_main.yaml",
        vsphere.control_plane_objects,
        "controlPlaneConfiguration",
    ),
    Case(
        "vsphere/expected_kct.yaml",
        "vsphere/cluster_main.yaml",
        vsphere.worker_objects,
        "workerNodeGroupConfigurations",
    ),
    Case(
        "vsphere/expected_results_networks_md.yaml",
        "vsphere/cluster_with_networks.yaml",
        vsphere.worker_objects,
    ),
    Case(
        "vsphere/expected_cluster_api_server_cert_san_ip.yaml",
        "vsphere/cluster_api_server_cert_san_ip.yaml",
        vsphere.control_plane_objects,
        secrets=RenderSecrets(infrastructure=LOGIN, cloud_provider=LOGIN),
    ),
    Case(
        "docker/expected_cluster_api_server_cert_san_ip.yaml",
        "docker/cluster_api_server_cert_san_ip.yaml",
        docker.control_plane_objects,
    ),
)


def as_template(rendered: Manifest) -> dict[str, Any]:
    """Return what a template of EKS Anywhere has of an object."""
    found: dict[str, Any] = {**rendered}
    marks = objects.annotations_of(rendered)
    if ADDED_LATER in marks:
        found["metadata"] = {**found["metadata"]}
        found["metadata"]["annotations"] = {k: marks[k] for k in marks if k != ADDED_LATER}
    return found


needs_data = pytest.mark.skipif(not RENDER.exists(), reason=f"{RENDER} is not there")


@needs_data
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.golden)
def test_our_rendering_means_what_the_golden_means(case):
    expected = read_documents((RENDER / case.golden).read_text())
    rendered = case.render(case.blueprint())
    actual = [as_template(one) for one in rendered if one["kind"] not in RENDERED_APART]
    assert "\n".join(map(str, differences(expected, actual))) == ""


@needs_data
def test_every_golden_has_its_case():
    there = {f"{path.parent.name}/{path.name}" for path in RENDER.glob("*/expected_*.yaml")}
    assert there == {case.golden for case in CASES}

"""Drift, certificates, credentials and support bundles of a cluster that another one manages."""

from __future__ import annotations

import base64
import tarfile

import pytest

from bedplate.capi import kinds
from bedplate.capi.cluster import ref_of
from bedplate.engine.journal import RunState
from bedplate.inspection import certificates_of, drift_of, inspect_cluster
from bedplate.operations import ROTATE_CREDENTIALS
from bedplate.ports.kube import Ref, Side
from bedplate.service import run_to_end
from bedplate.spec import load_text
from bedplate.support import source_of, write_bundle
from tests.laws.managing import copy_of

NEW = ("rotated@vsphere.local", "n3w-and-l0nger")


@pytest.fixture
def place(managed_folder, tmp_path):
    found = copy_of(managed_folder, tmp_path / "place")
    yield found
    found.journal.close()


def drifts(place, cluster):
    found = drift_of(inspect_cluster(place.site, place.journal, cluster))
    assert found.unseen == ()
    return [(one.sort.value, one.target) for one in found.drifts]


def test_neither_the_manager_nor_what_it_manages_shows_drift_after_their_creates(place):
    assert drifts(place, "w01") == []
    assert drifts(place, "w02") == []


def test_a_field_that_was_changed_on_the_management_cluster_is_the_managed_ones_drift(place):
    plane = ref_of(kinds.KUBEADM_CONTROL_PLANE, "w02")
    place.manager.patch(plane, {"spec": {"replicas": 3}})

    assert drifts(place, "w02") == [("changed", "KubeadmControlPlane eksa-system/w02")]
    assert drifts(place, "w01") == []


def test_certificates_of_a_managed_cluster_are_looked_for_where_it_is_managed(place):
    found = certificates_of(inspect_cluster(place.site, place.journal, "w02"))

    places = [one.place for one in found.found]
    assert found.unseen == ()
    assert "Secret eksa-system/w02-ca" in places
    assert "vault w02/kubeconfig" in places
    assert not [one for one in places if "w01" in one]


def test_kubeconfigs_written_anew_are_fetched_of_a_managed_cluster_and_of_its_manager(place):
    place.world.advance(place.world.now() + 200 * 86_400)
    ports = place.site.open(load_text(place.text))
    written = {}
    for cluster in ("w01", "w02"):
        secret = place.manager.get(ref_of(kinds.SECRET, f"{cluster}-kubeconfig"))
        written[cluster] = base64.b64decode(secret["data"]["value"]).decode()
        assert ports.vault.get(f"{cluster}/kubeconfig") != written[cluster]

    certificates_of(inspect_cluster(place.site, place.journal, "w02"))

    assert {name: ports.vault.get(f"{name}/kubeconfig") for name in written} == written


def test_credentials_of_a_managed_cluster_are_rotated_on_both_sides(place):
    place.world.admit(*NEW)
    for name, text in zip(("username", "password"), NEW, strict=True):
        place.site.vault.put(f"vcenter/next/{name}", text)

    with place.session(operation=ROTATE_CREDENTIALS) as session:
        assert run_to_end(session) is RunState.COMPLETED

    own = place.manager.get(ref_of(kinds.SECRET, "w02-vsphere-credentials"))
    assert base64.b64decode(own["data"]["password"]).decode() == NEW[1]
    cluster = place.site.open(load_text(place.text)).kube[Side.CLUSTER]
    inner = cluster.get(Ref(kinds.SECRET, "kube-system", "cloud-provider-vsphere-credentials"))
    passwords = [text for key, text in inner["data"].items() if key.endswith(".password")]
    assert [base64.b64decode(text).decode() for text in passwords] == [NEW[1]]


def test_a_bundle_of_a_managed_cluster_has_the_management_clusters_objects(place, tmp_path):
    file = tmp_path / "w02.tar.gz"

    parts = write_bundle(source_of(place.site, place.journal, "w02"), file)

    assert [part.name for part in parts if part.code] == []
    with tarfile.open(file) as archive:
        names = archive.getnames()
    assert "support-w02/management/objects/Machine.cluster.x-k8s.io.json" in names
    assert "support-w02/cluster/objects/Node.json" in names

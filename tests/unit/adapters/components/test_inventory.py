"""What clusterctl finds of a provider."""

from typing import Any

from bedplate.adapters.components import inventory


def test_a_provider_is_listed_with_its_type_and_version():
    found: Any = inventory.entry_object(inventory.KUBEADM_BOOTSTRAP, "v1.11.1", "there")
    assert found["metadata"]["name"] == "bootstrap-kubeadm"
    assert found["metadata"]["namespace"] == "there"
    kinds = (found["type"], found["providerName"], found["version"])
    assert kinds == ("BootstrapProvider", "kubeadm", "v1.11.1")


def test_labels_are_added_to_those_that_are_there():
    manifest: Any = {"kind": "Role", "metadata": {"name": "r", "labels": {"mine": "1"}}}
    found: Any = inventory.labelled(manifest, inventory.CORE)
    assert found["metadata"]["labels"] == {
        "mine": "1",
        "clusterctl.cluster.x-k8s.io": "",
        "cluster.x-k8s.io/provider": "cluster-api",
    }


def test_the_version_of_cert_manager_stands_where_clusterctl_looks():
    found: Any = inventory.of_cert_manager({"kind": "Role", "metadata": {"name": "r"}}, "v1.18.2")
    assert found["metadata"]["annotations"] == {
        "certmanager.clusterctl.cluster.x-k8s.io/version": "v1.18.2"
    }
    assert found["metadata"]["labels"]["clusterctl.cluster.x-k8s.io/core"] == "cert-manager"

"""The Cluster and the VSphereCluster."""

from bedplate.providers.vsphere.rendering.cluster import cluster
from tests.unit.providers.vsphere.rendering.drawing import Draft, only


def test_the_cluster_names_its_parts_by_group_kind_and_name():
    spec = only(cluster(Draft().blueprint()), "Cluster")["spec"]
    refs = [spec[one] for one in ("controlPlaneRef", "infrastructureRef", "managedExternalEtcdRef")]
    assert [(one["kind"], one["name"]) for one in refs] == [
        ("KubeadmControlPlane", "w01"),
        ("VSphereCluster", "w01"),
        ("EtcdadmCluster", "w01-etcd"),
    ]
    assert all(set(one) == {"apiGroup", "kind", "name"} for one in refs)


def test_stacked_etcd_is_nobody_elses():
    draft = Draft()
    del draft.cluster["externalEtcdConfiguration"]
    spec = only(cluster(draft.blueprint()), "Cluster")["spec"]
    assert "managedExternalEtcdRef" not in spec


def test_the_networks_are_those_of_the_specification():
    spec = only(cluster(Draft().blueprint()), "Cluster")["spec"]
    assert spec["clusterNetwork"]["pods"] == {"cidrBlocks": ["192.168.0.0/16"]}
    assert spec["clusterNetwork"]["services"] == {"cidrBlocks": ["10.96.0.0/12"]}


def test_the_infrastructure_says_where_the_control_plane_answers_and_who_asks_vcenter():
    spec = only(cluster(Draft().blueprint()), "VSphereCluster")["spec"]
    assert spec["controlPlaneEndpoint"] == {"host": "198.18.0.10", "port": 6443}
    assert spec["identityRef"] == {"kind": "Secret", "name": "w01-vsphere-credentials"}
    assert spec["server"] == "vcenter.example.com"

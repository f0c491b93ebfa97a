"""What a specification tells, and that it survives being written and read."""

import copy
import dataclasses
import json
import pickle
import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

import bedplate.spec
from bedplate.spec import FrozenMap, create_findings, load_text

EXAMPLES = ("vsphere-standalone.yaml", "vsphere-gitops.yaml", "vsphere-stacked-etcd.yaml")


def test_the_helpers_tell_what_the_example_says(load):
    spec = load()
    assert (spec.name, spec.namespace, spec.kubernetes_version) == ("w01", "default", "1.34")
    assert (spec.provider_kind, spec.endpoint) == ("VSphereDatacenterConfig", "198.18.0.10")
    assert (spec.self_managed, spec.management_cluster) == (True, "w01")
    assert (spec.control_plane.count, spec.etcd.count, spec.workers[0].replicas) == (2, 3, 2)
    assert spec.worker_version(spec.workers[0]) == "1.34"
    assert sorted(spec.machine_configs) == ["w01", "w01-cp", "w01-etcd"]
    assert spec.machine_config(spec.etcd.machine_group_ref).name == "w01-etcd"
    assert spec.datacenter.spec.server == "vcenter.example.com"


def test_without_external_etcd_there_is_none(load):
    spec = load(example="vsphere-stacked-etcd.yaml")
    assert spec.etcd is None
    assert spec.control_plane.count == 3


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_specification_survives_dump_and_load(load, name):
    spec = load(example=name)
    again = load_text(spec.dump())
    assert again == spec
    assert again.fingerprint() == spec.fingerprint()
    assert again.dump() == spec.dump()


def test_documents_are_plain_json_in_the_apis_spelling(load, identities):
    documents = load(identities).documents()
    assert json.loads(json.dumps(documents)) == list(documents)
    assert [item["kind"] for item in documents] == [
        "Cluster",
        "VSphereDatacenterConfig",
        "VSphereMachineConfig",
        "VSphereMachineConfig",
        "VSphereMachineConfig",
        "OIDCConfig",
        "AWSIamConfig",
    ]
    machine = documents[2]["spec"]
    assert (machine["numCPUs"], machine["memoryMiB"], machine["diskGiB"]) == (2, 8192, 25)
    assert type(machine["osFamily"]) is str
    assert documents[-1]["spec"]["mapRoles"][0]["roleARN"] == "arn:aws:iam::1:role/r"


def test_every_field_keeps_its_name_and_value_on_the_way(load):
    helm = {"a": {"no": ["007", 7, None, 1.5, True, "yes", ""]}, "Ü": "ä\n"}
    edits: dict[str, Any] = {
        "Cluster.spec.clusterNetwork.cniConfig.cilium": {
            "helmValues": helm,
            "egressMasqueradeInterfaces": "eth0",
            "ipv6NativeRoutingCIDR": "fd00::/64",
            "cniExclusive": False,
        },
        "Cluster.spec.clusterNetwork.dns.resolvConf.path": "/etc/resolv.conf",
        "Cluster.spec.registryMirrorConfiguration": {
            "endpoint": "m",
            "caCertContent": "-----BEGIN\nx\n",
            "ociNamespaces": [{"registry": "r", "namespace": "n"}],
            "authenticate": True,
            "insecureSkipVerify": True,
        },
        "Cluster.metadata.annotations": {"a/b": "true"},
        "Cluster.spec.licenseToken": "1.2",
    }
    spec = load(edits)
    assert load_text(spec.dump()) == spec
    cluster = spec.documents()[0]
    assert (
        cluster["spec"]["clusterNetwork"]["cniConfig"]["cilium"]
        == edits["Cluster.spec.clusterNetwork.cniConfig.cilium"]
    )
    assert cluster["spec"]["registryMirrorConfiguration"] == {
        **edits["Cluster.spec.registryMirrorConfiguration"],
        "port": "443",
    }
    assert cluster["metadata"]["annotations"] == {"a/b": "true"}


def test_the_fingerprint_is_of_the_meaning_not_of_the_text(load, text):
    spec = load()
    assert load_text("# a remark\n" + text()).fingerprint() == spec.fingerprint()
    other = load({"VSphereMachineConfig/w01.spec.numCPUs": 4})
    assert other.fingerprint() != spec.fingerprint()
    assert len(spec.fingerprint()) == 64


def test_nothing_in_a_specification_can_be_changed(load):
    spec = load()
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.gitops = None
    with pytest.raises(ValidationError, match="frozen"):
        spec.cluster.spec.kubernetes_version = "1.35"
    with pytest.raises(TypeError):
        spec.machine_configs["w01"] = None
    assert isinstance(spec.control_plane.labels, FrozenMap)
    assert hash(spec) == hash(load())


def test_a_specification_can_be_copied_and_pickled(load):
    spec = load()
    assert copy.deepcopy(spec) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_create_refuses_what_a_preflight_of_eks_anywhere_refuses(load):
    spec = load(
        {
            "Cluster.spec.controlPlaneConfiguration.endpoint.host": "api.example.com",
            "VSphereMachineConfig/w01.spec.osFamily": "bottlerocket",
        }
    )
    assert [finding.field for finding in create_findings(spec)] == [
        "Cluster.spec.controlPlaneConfiguration.endpoint.host",
        "VSphereMachineConfig/w01.spec.users[0].name",
        "VSphereMachineConfig/w01.spec.osFamily",
    ]
    assert create_findings(load()) == ()


def test_create_refuses_encryption_of_etcd(load):
    kms = {"name": "k", "socketListenAddress": "unix:///k.sock"}
    config = {"providers": [{"kms": kms}], "resources": ["secrets"]}
    spec = load({"Cluster.spec.etcdEncryption": [config]})
    assert [finding.field for finding in create_findings(spec)] == ["Cluster.spec.etcdEncryption"]


def test_the_public_names_are_sorted_and_exist():
    names = bedplate.spec.__all__
    upper = [name for name in names if name.isupper()]
    classes = [name for name in names if name[0].isupper() and not name.isupper()]
    functions = [name for name in names if name[0].islower()]
    assert list(names) == sorted(upper) + sorted(classes) + sorted(functions)
    assert all(hasattr(bedplate.spec, name) for name in names)


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, bedplate.spec; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded.isdisjoint({"prefect", "sqlalchemy", "rich", "typer"})


def test_quoted_text_that_looks_like_something_else_stays_text(text):
    odd = ["0o17", "1e5", "0b1", "1_000", "~", "Yes", "<<", "=", "1:30", "2001-01-01", ".inf"]
    values = ", ".join(f'"{item}"' for item in odd)
    line = "      cilium: {helmValues: {odd: [" + values + "]}}"
    spec = load_text(text().replace("      cilium: {}", line))
    cluster = json.loads(json.dumps(spec.documents()))[0]
    assert cluster["spec"]["clusterNetwork"]["cniConfig"]["cilium"]["helmValues"] == {"odd": odd}
    assert load_text(spec.dump()) == spec

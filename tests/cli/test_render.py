"""`bedplate render`: the objects of a cluster, without making it."""

import pytest
import yaml

from bedplate.errors import ExitStatus
from tests.golden.bundle import BUNDLES, SHARED
from tests.golden.comparer import differences
from tests.golden.reading import read_documents

RENDER = SHARED / "render"
BUNDLE = ("--bundles", BUNDLES / "bundles.yaml")
VSPHERE = RENDER / "vsphere" / "cluster_main.yaml"
PASSWORD = "vsphere_password"
ENCODED = "dnNwaGVyZV9wYXNzd29yZA=="

pytestmark = pytest.mark.skipif(not RENDER.exists(), reason=f"{RENDER} is not there")


@pytest.fixture(autouse=True)
def users(monkeypatch):
    monkeypatch.setenv("EKSA_VSPHERE_USERNAME", "vsphere_username")
    monkeypatch.setenv("EKSA_VSPHERE_PASSWORD", PASSWORD)
    monkeypatch.delenv("EKSA_VSPHERE_CP_USERNAME", raising=False)


def secret(result, name):
    found = read_documents(result.out)
    return next(item for item in found if item["metadata"]["name"] == name)


@pytest.mark.parametrize("provider", ["vsphere", "docker"])
def test_it_prints_what_eks_anywhere_renders(cli, provider):
    folder = RENDER / provider
    result = cli(
        "render", "-f", folder / "cluster_api_server_cert_san_ip.yaml", *BUNDLE, "--show-secrets"
    )
    assert result.status == ExitStatus.OK
    golden = folder / "expected_cluster_api_server_cert_san_ip.yaml"
    actual = [item for item in read_documents(result.out) if item["kind"] != "MachineHealthCheck"]
    assert differences(read_documents(golden.read_text()), actual) == []


def test_the_control_plane_comes_first_and_the_order_stays(cli):
    first, second = (cli("render", "-f", VSPHERE, *BUNDLE).out for _ in range(2))
    assert first == second
    kinds = [item["kind"] for item in read_documents(first)]
    assert kinds[0] == "Cluster"
    assert kinds.index("KubeadmControlPlane") < kinds.index("MachineDeployment")
    assert kinds.count("MachineHealthCheck") == 2


def test_no_password_is_printed_unless_asked_for(cli):
    result = cli("render", "-f", VSPHERE, *BUNDLE)
    assert PASSWORD not in result.out
    assert ENCODED not in result.out
    assert "--show-secrets" in result.err
    assert secret(result, "test-vsphere-credentials")["data"] == {
        "username": "dnNwaGVyZV91c2VybmFtZQ==",
        "password": "",
    }


def test_asked_for_a_password_is_printed(cli):
    result = cli("render", "-f", VSPHERE, *BUNDLE, "--show-secrets")
    assert secret(result, "test-vsphere-credentials")["data"]["password"] == ENCODED


def test_users_may_be_left_out_altogether(cli):
    result = cli("render", "-f", VSPHERE, *BUNDLE, "--provider-secrets", "none", "--show-secrets")
    data = secret(result, "test-vsphere-credentials")["data"]
    assert data == {"username": "", "password": ""}


def test_the_cloud_provider_may_have_a_user_of_its_own(cli, monkeypatch):
    monkeypatch.setenv("EKSA_VSPHERE_CP_USERNAME", "cloud")
    monkeypatch.setenv("EKSA_VSPHERE_CP_PASSWORD", "other")
    result = cli("render", "-f", VSPHERE, *BUNDLE, "--show-secrets")
    text = secret(result, "test-cloud-provider-vsphere-credentials")["stringData"]["data"]
    assert yaml.safe_load(text)["data"]["vsphere_server.username"] == "Y2xvdWQ="
    assert secret(result, "test-vsphere-credentials")["data"]["password"] == ENCODED


def test_a_program_gets_a_list(cli):
    result = cli("render", "-f", VSPHERE, *BUNDLE, "-o", "json")
    assert result.document["kind"] == "List"
    assert result.document["items"] == read_documents(cli("render", "-f", VSPHERE, *BUNDLE).out)


def test_it_says_where_the_file_is_not_valid_and_renders_all_the_same(cli):
    result = cli("render", "-f", VSPHERE, *BUNDLE)
    assert "bedplate validate" in result.err
    assert result.status == ExitStatus.OK


def test_it_says_where_a_create_would_make_something_larger(cli, tmp_path):
    file = tmp_path / "cluster.yaml"
    file.write_text(VSPHERE.read_text().replace("    node:\n      cidrMaskSize: 8\n", ""))
    result = cli("render", "-f", file, *BUNDLE)
    assert "VSphereMachineConfig test-etcd: a create raises sizes" in result.err
    assert "bedplate validate" not in result.err


def test_a_group_without_machines_is_told(cli, tmp_path):
    documents = list(yaml.safe_load_all(VSPHERE.read_text()))
    del documents[0]["spec"]["workerNodeGroupConfigurations"][0]["machineGroupRef"]
    file = tmp_path / "cluster.yaml"
    file.write_text(yaml.safe_dump_all(documents))
    result = cli("render", "-f", file, *BUNDLE)
    assert result.status == ExitStatus.BAD_INPUT
    assert "worker group 'md-0'" in result.err


def test_a_version_that_the_bundle_has_not_is_told(cli, tmp_path):
    file = tmp_path / "cluster.yaml"
    file.write_text(VSPHERE.read_text().replace('"1.19"', '"1.99"'))
    result = cli("render", "-f", file, *BUNDLE)
    assert result.status != ExitStatus.OK
    assert "1.99 is not supported by bundles manifest" in result.err

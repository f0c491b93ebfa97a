"""The registry mirror, as each part of a node is told of it."""

import base64
import tomllib

import pytest

from bedplate.capi.blueprint import Login
from bedplate.capi.rendering import mirror
from tests.unit.capi.rendering.looking import inside
from tests.unit.providers.vsphere.rendering.drawing import Draft

LOGIN = Login("puller", 'pass"word\\')
CORE = {"registry": "public.ecr.aws", "namespace": "eks-anywhere"}
PACKAGES = {"registry": "783794618700.dkr.ecr.us-west-2.amazonaws.com", "namespace": "packages"}


def spec(**settings):
    draft = Draft()
    draft.cluster["registryMirrorConfiguration"] = {"endpoint": "mirror.test", **settings}
    return draft.spec()


def files(**settings) -> dict[str, str]:
    made = inside(mirror.containerd_files(spec(**settings), LOGIN))
    return {one["path"]: one["content"] for one in made}


def hosts(registry: str, **settings):
    return tomllib.loads(files(**settings)[f"/etc/containerd/certs.d/{registry}/hosts.toml"])


def test_without_a_mirror_nobody_is_told_of_one():
    plain = Draft().spec()
    assert mirror.mirror_map(plain) is None
    assert mirror.containerd_files(plain, LOGIN) == []
    assert mirror.bottlerocket(plain) == mirror.etcd(plain) == {}


def test_a_mirror_without_namespaces_stands_for_the_core_registry():
    found = hosts("public.ecr.aws")
    assert found["server"] == "https://public.ecr.aws"
    host = found["host"]["https://mirror.test:443/v2"]
    assert host == {"capabilities": ["pull", "resolve"], "override_path": True}


def test_the_address_holds_the_apis_whole_path():
    """Otherwise containerd asks for /v2/eks-anywhere/v2/..., which no registry has."""
    found = hosts("public.ecr.aws", ociNamespaces=[CORE])["host"]
    assert found["https://mirror.test:443/v2/eks-anywhere"]["override_path"] is True


def test_the_mirror_itself_is_reached_as_the_others_are():
    found = hosts("mirror.test:443", insecureSkipVerify=True)
    host = found["host"]["https://mirror.test:443/v2"]
    assert (host["skip_verify"], host["override_path"]) == (True, True)


def test_the_mirrors_authority_is_a_file_that_every_host_names():
    made = files(caCertContent="PEM", ociNamespaces=[CORE, PACKAGES])
    path = "/etc/containerd/certs.d/mirror.test:443/ca.crt"
    assert made[path] == "PEM\n"
    tables = [tomllib.loads(text) for name, text in made.items() if name.endswith("hosts.toml")]
    assert len(tables) == 3
    for table in tables:
        assert [host["ca"] for host in table["host"].values()] == [path]


def test_containerd_looks_for_hosts():
    appended = files(authenticate=True)["/etc/containerd/config_append.toml"]
    plugin = tomllib.loads(appended)["plugins"]["io.containerd.grpc.v1.cri"]
    assert plugin == {"registry": {"config_path": "/etc/containerd/certs.d"}}


def test_containerd_logs_in_to_the_mirror_for_every_registry_where_it_asks_for_that():
    assert "Basic" not in str(files(ociNamespaces=[CORE]))
    login = base64.b64encode(b'puller:pass"word\\').decode()
    for registry, path in (("mirror.test:443", "v2"), ("public.ecr.aws", "v2/eks-anywhere")):
        found = hosts(registry, authenticate=True, ociNamespaces=[CORE])["host"]
        header = found[f"https://mirror.test:443/{path}"]["header"]
        assert header == {"authorization": f"Basic {login}"}


def test_bottlerocket_has_a_short_form_for_the_core_registry_alone():
    found = mirror.bottlerocket(spec(ociNamespaces=[CORE], caCertContent="PEM"))
    endpoint = "mirror.test:443/v2/eks-anywhere"
    assert found == {"registryMirror": {"endpoint": endpoint, "caCert": "PEM\n"}}


@pytest.mark.parametrize("namespaces", [[CORE, PACKAGES], [PACKAGES]])
def test_otherwise_bottlerocket_is_told_of_each_registry(namespaces):
    found = inside(mirror.bottlerocket(spec(ociNamespaces=namespaces)))["registryMirror"]
    listed = {one["registry"]: one["endpoints"] for one in found["mirrors"]}
    assert "endpoint" not in found
    assert len(listed) == len(namespaces)
    packages = listed["783794618700.dkr.ecr.*.amazonaws.com"]
    assert packages == ["mirror.test:443/v2/packages"]


def test_without_a_namespace_bottlerocket_and_etcd_get_the_apis_root_too():
    found = {"registryMirror": {"endpoint": "mirror.test:443/v2"}}
    assert mirror.bottlerocket(spec()) == mirror.etcd(spec()) == found


def test_external_etcd_needs_the_core_registry_only():
    found = mirror.etcd(spec(ociNamespaces=[CORE, PACKAGES]))
    assert found == {"registryMirror": {"endpoint": "mirror.test:443/v2/eks-anywhere"}}

"""The registry mirror, as each part of a node is told of it."""

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
    host = found["host"]["https://mirror.test:443"]
    assert host == {"capabilities": ["pull", "resolve"]}


def test_in_a_namespace_the_path_is_the_whole_path():
    """Otherwise containerd asks for /v2/eks-anywhere/v2/..., which no registry has."""
    found = hosts("public.ecr.aws", ociNamespaces=[CORE])["host"]
    assert found["https://mirror.test:443/v2/eks-anywhere"]["override_path"] is True


def test_the_mirror_itself_is_reached_as_the_others_are():
    found = hosts("mirror.test:443", insecureSkipVerify=True)
    assert found["host"]["https://mirror.test:443"]["skip_verify"] is True


def test_the_mirrors_authority_is_a_file_that_every_host_names():
    made = files(caCertContent="PEM", ociNamespaces=[CORE, PACKAGES])
    path = "/etc/containerd/certs.d/mirror.test:443/ca.crt"
    assert made[path] == "PEM"
    tables = [tomllib.loads(text) for name, text in made.items() if name.endswith("hosts.toml")]
    assert len(tables) == 3
    for table in tables:
        assert [host["ca"] for host in table["host"].values()] == [path]


def test_containerd_looks_for_hosts_and_knows_the_password_only_where_one_is_asked_for():
    appended = "/etc/containerd/config_append.toml"
    assert "puller" not in str(files())
    table = tomllib.loads(files(authenticate=True)[appended])
    registry = table["plugins"]["io.containerd.grpc.v1.cri"]["registry"]
    assert registry["config_path"] == "/etc/containerd/certs.d"
    auth = registry["configs"]["mirror.test:443"]["auth"]
    assert auth == {"username": LOGIN.username, "password": LOGIN.password}


def test_bottlerocket_has_a_short_form_for_the_core_registry_alone():
    found = mirror.bottlerocket(spec(ociNamespaces=[CORE], caCertContent="PEM"))
    endpoint = "mirror.test:443/v2/eks-anywhere"
    assert found == {"registryMirror": {"endpoint": endpoint, "caCert": "PEM"}}


@pytest.mark.parametrize("namespaces", [[CORE, PACKAGES], [PACKAGES]])
def test_otherwise_bottlerocket_is_told_of_each_registry(namespaces):
    found = inside(mirror.bottlerocket(spec(ociNamespaces=namespaces)))["registryMirror"]
    listed = {one["registry"]: one["endpoints"] for one in found["mirrors"]}
    assert "endpoint" not in found
    assert len(listed) == len(namespaces)
    packages = listed["783794618700.dkr.ecr.*.amazonaws.com"]
    assert packages == ["mirror.test:443/v2/packages"]


def test_external_etcd_needs_the_core_registry_only():
    found = mirror.etcd(spec(ociNamespaces=[CORE, PACKAGES]))
    assert found == {"registryMirror": {"endpoint": "mirror.test:443/v2/eks-anywhere"}}

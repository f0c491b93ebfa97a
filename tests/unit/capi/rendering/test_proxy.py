"""The HTTP proxy of the nodes."""

from bedplate.capi.rendering import proxy
from tests.unit.capi.rendering.looking import inside
from tests.unit.providers.vsphere.rendering.drawing import Draft

DIRECT = (
    "192.168.0.0/16",
    "10.96.0.0/12",
    "internal.test",
    "localhost",
    "127.0.0.1",
    ".svc",
    "vcenter.test",
    "198.18.0.10",
)


def spec():
    draft = Draft()
    draft.cluster["proxyConfiguration"] = {
        "httpProxy": "http://proxy.test:1",
        "httpsProxy": "http://proxy.test:2",
        "noProxy": ["internal.test"],
    }
    return draft.spec()


def test_without_a_proxy_nothing_is_said():
    plain = Draft().spec()
    assert proxy.no_proxy(plain, "vcenter.test") == ()
    assert proxy.containerd_files(plain, "vcenter.test") == []
    assert proxy.bottlerocket(plain) == proxy.etcd(plain) == {}


def test_the_clusters_own_networks_the_infrastructure_and_the_endpoint_are_reached_directly():
    assert proxy.no_proxy(spec(), "vcenter.test") == DIRECT


def test_containerd_takes_the_proxy_from_its_service_unit():
    (made,) = inside(proxy.containerd_files(spec(), "vcenter.test"))
    assert made["path"].startswith("/etc/systemd/system/containerd.service.d/")
    assert made["content"].splitlines() == [
        "[Service]",
        'Environment="HTTP_PROXY=http://proxy.test:1"',
        'Environment="HTTPS_PROXY=http://proxy.test:2"',
        f'Environment="NO_PROXY={",".join(DIRECT)}"',
    ]


def test_bottlerocket_has_one_proxy_for_everything():
    found = proxy.bottlerocket(spec(), "vcenter.test")
    assert found == {"proxy": {"httpsProxy": "http://proxy.test:2", "noProxy": list(DIRECT)}}


def test_etcd_machines_have_both():
    found = inside(proxy.etcd(spec(), "vcenter.test"))["proxy"]
    assert (found["httpProxy"], found["httpsProxy"]) == (
        "http://proxy.test:1",
        "http://proxy.test:2",
    )
    assert found["noProxy"] == list(DIRECT)

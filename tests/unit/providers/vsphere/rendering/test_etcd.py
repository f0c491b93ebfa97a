"""etcd on machines of its own."""

from typing import Any

import pytest

from bedplate.providers.vsphere.rendering.etcd import etcd
from tests.unit.providers.vsphere.rendering.drawing import KEY, Draft, only


def _machines(draft: Draft) -> Any:
    return only(etcd(draft.blueprint()), "EtcdadmCluster")["spec"]["etcdadmConfigSpec"]


def _proxied(draft: Draft) -> Draft:
    draft.cluster["proxyConfiguration"] = {
        "httpProxy": "http://198.18.0.8:3128",
        "httpsProxy": "http://198.18.0.9:3128",
        "noProxy": ["internal.example.com"],
    }
    return draft


def _on_bottlerocket(**host_os: object) -> Any:
    draft = Draft()
    draft.bottlerocket()
    draft.machine("w01-etcd")["hostOSConfiguration"] = host_os
    return _machines(draft)


def test_stacked_etcd_has_no_objects() -> None:
    draft = Draft()
    del draft.cluster["externalEtcdConfiguration"]
    assert etcd(draft.blueprint()) == ()


def test_it_has_the_count_of_the_specification_and_its_own_machine_template() -> None:
    draft = Draft()
    found = etcd(draft.blueprint())
    cluster, template = only(found, "EtcdadmCluster"), only(found, "VSphereMachineTemplate")
    assert cluster["metadata"]["name"] == "w01-etcd"
    assert cluster["spec"]["replicas"] == 3
    assert cluster["spec"]["infrastructureTemplate"] == {
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1",
        "kind": "VSphereMachineTemplate",
        "name": template["metadata"]["name"],
    }


def test_its_machines_are_made_as_their_own_configuration_says() -> None:
    draft = Draft()
    draft.machine("w01-etcd")["memoryMiB"] = 16384
    template = only(etcd(draft.blueprint()), "VSphereMachineTemplate")
    assert template["spec"]["template"]["spec"]["memoryMiB"] == 16384


def test_on_linux_etcd_is_installed_in_the_bundles_version() -> None:
    draft = Draft()
    machines, distro = _machines(draft), draft.blueprint().versions.distro
    assert machines["format"] == "cloud-config"
    assert machines["cloudInitConfig"] == {
        "version": distro.etcd_version,
        "installDir": "/usr/bin",
        "etcdReleaseURL": distro.etcd_url,
    }
    assert machines["preEtcdadmCommands"][0] == 'hostname "{{ ds.meta_data.hostname }}"'


@pytest.mark.parametrize(
    ("version", "downloads"),
    [("v0.18.7", False), ("v0.19.0-dev+latest", True), ("v0.19.0", True), ("v0.26.0", True)],
)
def test_clusters_of_an_old_eks_anywhere_keep_their_etcd_machines(
    version: str, downloads: bool
) -> None:
    draft = Draft()
    draft.cluster["eksaVersion"] = version
    assert ("etcdReleaseURL" in _machines(draft)["cloudInitConfig"]) is downloads


def test_on_bottlerocket_etcd_is_an_image() -> None:
    draft = Draft()
    draft.bottlerocket()
    machines, versions = _machines(draft), draft.blueprint().versions
    assert machines["format"] == "bottlerocket"
    assert machines["bottlerocketConfig"] == {
        "etcdImage": versions.distro.etcd.uri,
        "bootstrapImage": versions.bundle.bottlerocket_host_containers.kubeadm_bootstrap.uri,
        "pauseImage": versions.distro.pause.uri,
    }
    assert {"cloudInitConfig", "preEtcdadmCommands"}.isdisjoint(machines)


def test_bottlerockets_kernel_and_boot_settings_are_handed_on() -> None:
    settings = {
        "kernel": {"sysctlSettings": {"net.core.somaxconn": "1024"}},
        "boot": {"bootKernelParameters": {"console": ["tty0", "ttyS0"]}},
    }
    machines = _on_bottlerocket(bottlerocketConfiguration=settings)
    assert machines["bottlerocketConfig"]["kernel"] == settings["kernel"]
    assert machines["bottlerocketConfig"]["boot"] == settings["boot"]


def test_bottlerockets_trusted_certificates_are_handed_on() -> None:
    bundles = [{"name": "ours", "data": "-----BEGIN CERTIFICATE-----\n"}]
    assert _on_bottlerocket(certBundles=bundles)["certBundles"] == bundles


def test_time_servers_are_handed_on() -> None:
    machines = _on_bottlerocket(ntpConfiguration={"servers": ["time.example.com"]})
    assert machines["ntp"] == {"enabled": True, "servers": ["time.example.com"]}


def test_a_proxy_is_for_everything_but_what_lies_inside() -> None:
    proxy = _machines(_proxied(Draft()))["proxy"]
    assert proxy["httpProxy"] == "http://198.18.0.8:3128"
    assert proxy["httpsProxy"] == "http://198.18.0.9:3128"
    inside = {"192.168.0.0/16", "10.96.0.0/12", "internal.example.com", ".svc"}
    assert inside | {"vcenter.example.com", "198.18.0.10"} <= set(proxy["noProxy"])


def test_a_mirror_is_named_with_its_authoritys_certificate() -> None:
    draft = Draft()
    draft.cluster["registryMirrorConfiguration"] = {
        "endpoint": "198.18.0.5",
        "port": "5000",
        "caCertContent": "-----BEGIN CERTIFICATE-----\n",
        "ociNamespaces": [{"registry": "public.ecr.aws", "namespace": "eksa"}],
    }
    assert _machines(draft)["registryMirror"] == {
        "endpoint": "198.18.0.5:5000/v2/eksa",
        "caCert": "-----BEGIN CERTIFICATE-----\n",
    }


def test_without_surroundings_nothing_is_said_of_them() -> None:
    machines = _machines(Draft())
    assert {"proxy", "registryMirror", "ntp", "certBundles"}.isdisjoint(machines)


def test_its_user_gets_the_generated_key_where_the_specification_has_none() -> None:
    (user,) = _machines(Draft())["users"]
    assert (user["name"], user["sshAuthorizedKeys"]) == ("capv", [KEY])


def test_only_strong_ciphers_are_spoken() -> None:
    assert _machines(Draft())["cipherSuites"] == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"

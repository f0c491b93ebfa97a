"""What Bottlerocket is told instead of files."""

import pytest

from bedplate.capi.rendering import bottlerocket
from bedplate.errors import BadInput
from bedplate.spec import FreeObject
from bedplate.spec.models.host_os import (
    Boot,
    Bottlerocket,
    BottlerocketKubernetes,
    CertBundle,
    HostOSConfiguration,
    Kernel,
)
from tests.unit.providers.vsphere.rendering.drawing import Draft

KUBELET = FreeObject({"apiVersion": "kubelet.config.k8s.io/v1beta1", "maxPods": 20})


def host_os(**settings) -> HostOSConfiguration:
    return HostOSConfiguration(bottlerocket_configuration=Bottlerocket(**settings))


def test_a_plain_node_is_told_its_images_alone():
    blueprint = Draft().blueprint()
    found = bottlerocket.node(blueprint.spec, blueprint.versions, None, None)
    pause = blueprint.versions.distro.pause
    assert set(found) == {"pause", "bottlerocketBootstrap"}
    assert found["pause"] == {"imageRepository": pause.repository, "imageTag": pause.tag}


def test_settings_keep_the_names_of_the_api():
    given = host_os(
        kubernetes=BottlerocketKubernetes(max_pods=40, cluster_dns_ips=("10.0.0.10",)),
        kernel=Kernel(sysctl_settings={"net.core.somaxconn": "1024"}),
        boot=Boot(boot_kernel_parameters={"console": ("tty0", "ttyS0")}),
    )
    assert bottlerocket.settings(given, None) == {
        "bottlerocket": {
            "kubernetes": {"maxPods": 40, "clusterDNSIPs": ["10.0.0.10"]},
            "kernel": {"sysctlSettings": {"net.core.somaxconn": "1024"}},
            "boot": {"bootKernelParameters": {"console": ["tty0", "ttyS0"]}},
        }
    }


def test_a_providers_identifier_is_never_the_files_to_say():
    given = host_os(kubernetes=BottlerocketKubernetes(provider_id="vsphere://x", max_pods=1))
    found = bottlerocket.settings(given, None)["bottlerocket"]
    assert found == {"kubernetes": {"maxPods": 1}}


def test_a_kubelet_configuration_takes_the_place_of_the_systems_own():
    given = host_os(
        kubernetes=BottlerocketKubernetes(max_pods=40),
        kernel=Kernel(sysctl_settings={"a": "b"}),
    )
    found = bottlerocket.settings(given, KUBELET)["bottlerocket"]
    assert found == {"kubernetes": {"maxPods": 20}, "kernel": {"sysctlSettings": {"a": "b"}}}


def test_a_kubelet_setting_that_bottlerocket_has_not_is_refused_by_name():
    with pytest.raises(BadInput) as caught:
        bottlerocket.settings(None, FreeObject({"maxPods": 1, "podsPerCore": 3}))
    assert "podsPerCore" in caught.value.seen
    assert "maxPods" in caught.value.remedy


def test_without_settings_there_is_no_such_field():
    assert bottlerocket.settings(None, None) == {}
    assert bottlerocket.settings(HostOSConfiguration(), None) == {}


def test_trusted_certificates_are_listed():
    given = HostOSConfiguration(cert_bundles=(CertBundle(name="corp", data="PEM"),))
    found = bottlerocket.cert_bundles(given)
    assert found == {"certBundles": [{"name": "corp", "data": "PEM\n"}]}
    assert bottlerocket.cert_bundles(None) == {}

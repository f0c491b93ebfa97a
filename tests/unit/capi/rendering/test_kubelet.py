"""The kubelet's configuration as a patch of kubeadm."""

import yaml

from bedplate.capi.rendering import kubelet
from bedplate.spec import FreeObject
from tests.unit.capi.rendering.looking import inside
from tests.unit.providers.vsphere.rendering.drawing import Draft

CONFIGURATION = FreeObject({"maxPods": 20, "evictionHard": FreeObject({"memory.available": "1Gi"})})


def test_without_a_configuration_there_is_nothing_to_patch():
    assert kubelet.patch_files(Draft().spec(), None) == []
    assert kubelet.patches(None) == {}


def test_a_patch_keeps_what_is_written_and_adds_cipher_suites_and_resolver():
    draft = Draft()
    draft.cluster["clusterNetwork"]["dns"] = {"resolvConf": {"path": "/etc/my.conf"}}
    (made,) = inside(kubelet.patch_files(draft.spec(), CONFIGURATION))
    assert made["path"].startswith(f"{kubelet.PATCHES}/")
    assert kubelet.patches(CONFIGURATION) == {"patches": {"directory": kubelet.PATCHES}}
    assert yaml.safe_load(made["content"]) == {
        "evictionHard": {"memory.available": "1Gi"},
        "maxPods": 20,
        "resolvConf": "/etc/my.conf",
        "tlsCipherSuites": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
    }


def test_what_the_specification_chose_is_not_overruled():
    own = FreeObject({"tlsCipherSuites": ("MINE",), "resolvConf": "/mine"})
    draft = Draft()
    draft.cluster["clusterNetwork"]["dns"] = {"resolvConf": {"path": "/etc/my.conf"}}
    (made,) = inside(kubelet.patch_files(draft.spec(), own))
    expected = {"resolvConf": "/mine", "tlsCipherSuites": ["MINE"]}
    assert yaml.safe_load(made["content"]) == expected

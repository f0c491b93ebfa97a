"""Encryption of what etcd stores."""

import pytest
import yaml

from bedplate.capi.rendering import encryption
from tests.unit.capi.rendering.looking import inside
from tests.unit.providers.vsphere.rendering.drawing import Draft


def encrypted() -> Draft:
    draft = Draft()
    kms = {"name": "plugin", "socketListenAddress": "unix:///var/run/kmsplugin/socket.sock"}
    draft.cluster["etcdEncryption"] = [{"providers": [{"kms": kms}], "resources": ["secrets"]}]
    return draft


def test_nothing_is_encrypted_unless_the_specification_says_so():
    spec = Draft().spec()
    assert encryption.arguments(spec) == encryption.feature_gates(spec, 34) == {}
    assert encryption.files(spec) == encryption.volumes(spec) == []


def test_what_is_new_is_encrypted_and_what_is_old_can_still_be_read():
    (made,) = inside(encryption.files(encrypted().spec()))
    (rule,) = yaml.safe_load(made["content"])["resources"]
    assert rule["resources"] == ["secrets"]
    assert [next(iter(provider)) for provider in rule["providers"]] == ["kms", "identity"]
    assert rule["providers"][0]["kms"] == {
        "apiVersion": "v1",
        "cachesize": 1000,
        "endpoint": "unix:///var/run/kmsplugin/socket.sock",
        "name": "plugin",
        "timeout": "3s",
    }


def test_the_api_server_mounts_the_file_it_is_told_of_and_the_plugins_socket():
    spec = encrypted().spec()
    (made,), (path,) = inside(encryption.files(spec)), encryption.arguments(spec).values()
    mounts = {one["hostPath"]: one["mountPath"] for one in inside(encryption.volumes(spec))}
    assert mounts[made["path"]] == path
    assert mounts["/var/run/kmsplugin/"] == "/var/run/kmsplugin/"


@pytest.mark.parametrize(("minor", "gated"), [(28, False), (29, True), (34, True)])
def test_the_protocols_first_version_is_asked_for_where_it_is_off(minor, gated):
    assert bool(encryption.feature_gates(encrypted().spec(), minor)) is gated

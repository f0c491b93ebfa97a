"""Users, time, names and registration of a node."""

import pytest

from bedplate.capi.rendering import nodes
from bedplate.spec import Taint
from bedplate.spec.models.common import TaintEffect, User
from bedplate.spec.models.host_os import NTP, HostOSConfiguration
from tests.unit.capi.rendering.looking import inside
from tests.unit.providers.vsphere.rendering.drawing import Draft

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKmade"


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        f"{KEY} somebody@example.com",
        f"  {KEY} with two words\n",
        f'no-pty,command="echo hello" {KEY} me',
    ],
)
def test_of_a_key_only_type_and_data_are_kept(written):
    assert nodes.without_comment(written) == KEY


def test_a_hardware_key_is_a_key():
    key = "sk-ssh-ed25519@openssh.com AAAAGnNr=="
    assert nodes.without_comment(f"{key} token") == key


def test_what_is_no_key_stays_as_it_was_written():
    assert nodes.without_comment(" nonsense ") == "nonsense"


def test_one_user_is_made_who_may_do_everything():
    given = [User(name="one", ssh_authorized_keys=(f"{KEY} me", "other")), User(name="two")]
    assert nodes.users(given, "default") == [
        {"name": "one", "sshAuthorizedKeys": [KEY], "sudo": "ALL=(ALL) NOPASSWD:ALL"}
    ]


@pytest.mark.parametrize("keys", [(), ("",), ("  ",)])
def test_a_user_without_a_key_gets_the_one_made_for_the_cluster(keys):
    users = nodes.users([User(name="one", ssh_authorized_keys=keys)], f"{KEY} made")
    (user,) = inside(users)
    assert user["sshAuthorizedKeys"] == [KEY]


def test_without_any_key_none_is_written():
    (user,) = inside(nodes.users([User(name="one")], ""))
    assert user["sshAuthorizedKeys"] == []


def test_time_servers_are_used_only_where_they_are_named():
    named = HostOSConfiguration(ntp_configuration=NTP(servers=("a", "b")))
    assert nodes.time_servers(None) == nodes.time_servers(HostOSConfiguration()) == {}
    assert nodes.time_servers(named) == {"ntp": {"enabled": True, "servers": ["a", "b"]}}


def test_a_taint_without_a_value_has_none():
    taint = Taint(key="k", effect=TaintEffect.NO_SCHEDULE)
    assert nodes.taint_fields(taint) == {"key": "k", "effect": "NoSchedule"}


def test_no_taints_are_said_as_such_since_kubeadm_has_a_default():
    assert nodes.registration([], [])["taints"] == []


def test_a_node_that_knows_its_name_is_not_told_one():
    assert "name" not in nodes.registration([], [], name="")
    assert nodes.registration([], [])["name"] == "{{ ds.meta_data.hostname }}"


def test_containerd_starts_again_only_where_it_has_something_new_to_read():
    draft = Draft()
    assert nodes.container_commands(draft.spec()) == []
    draft.cluster["proxyConfiguration"] = {"httpProxy": "a:1", "httpsProxy": "a:1"}
    assert nodes.container_commands(draft.spec()) == list(nodes.RELOADING)
    draft.cluster["registryMirrorConfiguration"] = {"endpoint": "mirror.test"}
    assert nodes.container_commands(draft.spec()) == [nodes.APPENDING, *nodes.RELOADING]

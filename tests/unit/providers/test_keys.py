"""The SSH key that is left to us: of the kind that the machines take, kept and written once."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from bedplate.errors import PermanentError
from bedplate.ports.tools import Tools
from bedplate.providers import KeyAlgorithm, provider_of
from bedplate.providers.keys import (
    ensure_key,
    forget_key,
    generated_public_key,
    make_private_key,
    public_key,
)
from bedplate.simulation import SimulatedSite
from tests.unit.checks.place import bottlerocket, spec_of
from tests.unit.providers.vsphere.checks.stages import machines

KEY = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8gIphQXy2QxVvF8mA4Z5X6m7c8d9e0f1g2h3i4j5k6"]
VAULT = "w01/ssh-private-key"


class NoNotes:
    """Keys are kept in the vault, not in notes."""

    def find(self, name):
        return None

    def note(self, name, value):
        raise AssertionError("nothing is noted here")

    def choose(self, name, make):
        raise AssertionError("nothing is chosen here")

    def earlier(self, step, name):
        return ()

    def others(self, key):
        return {}


@pytest.fixture
def tools(tmp_path):
    spec = spec_of()
    site = SimulatedSite(tmp_path / "site")
    return Tools(spec, site.bundle(spec), site.open(spec), NoNotes(), lambda _: None)


def user(*edits):
    spec = spec_of(*edits)
    found = provider_of(spec).ssh_user(spec)
    return found and (found.name, found.algorithm)


def keyed(name="capv"):
    return [{"name": name, "sshAuthorizedKeys": KEY}]


def test_ubuntu_takes_ed25519():
    assert user() == ("capv", KeyAlgorithm.ED25519)


def test_systems_with_a_fips_mode_take_rsa():
    assert user(bottlerocket) == ("ec2-user", KeyAlgorithm.RSA)
    assert user(machines(osFamily="redhat")) == ("capv", KeyAlgorithm.RSA)


def test_only_machines_without_a_key_of_their_own_count():
    own = [{"name": "admin", "sshAuthorizedKeys": [""]}]
    assert user(machines("w01-cp", "w01-etcd", users=keyed()), machines("w01", users=own)) == (
        "admin",
        KeyAlgorithm.ED25519,
    )
    assert user(machines(users=keyed())) is None


def test_keys_are_of_the_kind_that_is_asked_for():
    small = load_ssh_private_key(make_private_key(KeyAlgorithm.ED25519).encode(), None)
    large = load_ssh_private_key(make_private_key(KeyAlgorithm.RSA).encode(), None)
    assert isinstance(small, ed25519.Ed25519PrivateKey)
    assert isinstance(large, rsa.RSAPrivateKey)
    assert large.key_size == 4096


def test_the_private_half_is_in_the_vault_and_in_a_file_of_the_users_alone(tools):
    path = Path(ensure_key(tools, KeyAlgorithm.ED25519))
    private = tools.ports.vault.get(VAULT)
    assert path.name == "eks-a-id_rsa", "the name that people know from EKS Anywhere"
    assert path.read_text() == private
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.with_name("eks-a-id_rsa.pub").read_text() == f"{public_key(private)}\n"
    assert generated_public_key(tools) == public_key(private)


def test_it_is_made_once(tools):
    ensure_key(tools, KeyAlgorithm.ED25519)
    private = tools.ports.vault.get(VAULT)
    ensure_key(tools, KeyAlgorithm.ED25519)
    assert tools.ports.vault.get(VAULT) == private


def test_a_file_left_by_a_create_whose_vault_was_lost_is_taken_up(tools):
    path = Path(ensure_key(tools, KeyAlgorithm.ED25519))
    private = path.read_text()
    tools.ports.vault.delete(VAULT)
    with pytest.raises(PermanentError) as caught:
        generated_public_key(tools)
    assert caught.value.code == "AUTH_MISSING"
    ensure_key(tools, KeyAlgorithm.ED25519)
    assert tools.ports.vault.get(VAULT) == private


def test_forgetting_leaves_nothing_and_may_be_repeated(tools):
    path = Path(ensure_key(tools, KeyAlgorithm.ED25519))
    forget_key(tools)
    forget_key(tools)
    assert tools.ports.vault.get(VAULT) is None
    assert list(path.parent.iterdir()) == []

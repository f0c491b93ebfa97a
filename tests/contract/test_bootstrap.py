"""What phases may rely on of KinD."""

import pytest

from bedplate.errors import TemporaryError
from bedplate.ports.kube import Reach, Ref, Side
from tests.contract.sites import CONFIG_MAP, NAMESPACE, config_map, kind_name, wait


def test_a_cluster_is_listed_as_soon_as_it_is_asked_for(ports, spec):
    assert not ports.bootstrap.exists(kind_name(spec))
    ports.bootstrap.create(kind_name(spec), {})
    assert ports.bootstrap.exists(kind_name(spec))


def test_creating_what_exists_leaves_it_as_it_is(ports, spec, kube):
    kube.apply(*config_map("mine", data={"a": "1"}))
    ports.bootstrap.create(kind_name(spec), {})
    assert kube.get(Ref(CONFIG_MAP, NAMESPACE, "mine"))["data"] == {"a": "1"}


def test_a_deleted_cluster_is_gone_with_its_objects(ports, spec, kube):
    kube.apply(*config_map("mine"))
    ports.bootstrap.delete(kind_name(spec))
    assert not ports.bootstrap.exists(kind_name(spec))
    assert kube.reach() is Reach.ABSENT
    ports.bootstrap.create(kind_name(spec), {})
    wait(ports, lambda: ports.kube[Side.BOOTSTRAP].reach() is Reach.ANSWERS)
    assert kube.get(Ref(CONFIG_MAP, NAMESPACE, "mine")) is None


def test_a_new_bootstrap_cluster_is_silent_until_its_api_server_is_up(ports, spec):
    ports.bootstrap.create(kind_name(spec), {})
    kube = ports.kube[Side.BOOTSTRAP]
    assert kube.reach() is Reach.SILENT
    with pytest.raises(TemporaryError) as caught:
        kube.get(Ref(CONFIG_MAP, "default", "any"))
    assert caught.value.code == "NET_UNREACHABLE"
    wait(ports, lambda: kube.reach() is Reach.ANSWERS)
    assert kube.get(Ref(CONFIG_MAP, "default", "any")) is None


def test_deleting_what_is_gone_succeeds(ports, spec):
    ports.bootstrap.delete(kind_name(spec))

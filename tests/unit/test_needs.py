"""What a cluster needs, counted before anything is made."""

from pathlib import Path

from bedplate.needs import Role, needs_of
from bedplate.spec import load_text

EXAMPLE = (Path(__file__).parents[2] / "examples" / "vsphere-standalone.yaml").read_text()


def needs(*changes):
    text = EXAMPLE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return needs_of(load_text(text))


def test_every_group_is_listed_with_the_size_of_its_machines():
    groups = [(g.name, g.role, g.count, g.surge, g.cpus, g.memory_mib) for g in needs().groups]

    assert groups == [
        ("w01", Role.CONTROL_PLANE, 2, 1, 2, 8192),
        ("w01-etcd", Role.ETCD, 3, 3, 2, 8192),
        ("w01-md-0", Role.WORKERS, 2, 1, 2, 8192),
    ]


def test_addresses_are_one_for_each_machine_and_surge_machine_and_the_endpoint():
    found = needs()

    assert found.addresses == {"/DC0/network/VM Network": 12}
    assert found.all_addresses == 13


def test_capacity_is_told_with_and_without_the_machines_of_an_upgrade():
    found = needs()

    assert (found.now.machines, found.now.cpus, found.now.disk_gib) == (7, 14, 175)
    assert (found.with_surge.machines, found.with_surge.memory_mib) == (12, 98304)


def test_a_surge_that_the_specification_names_is_used():
    group = "    - name: md-0\n      count: 2\n"
    strategy = (
        "      upgradeRolloutStrategy:\n        type: RollingUpdate\n        rollingUpdate:\n"
    )
    numbers = "          maxSurge: 2\n          maxUnavailable: 0\n"

    found = needs((group, group + strategy + numbers))

    assert [g.surge for g in found.groups] == [1, 3, 2]


def test_folders_are_named_once():
    assert needs().folders == ("/DC0/vm/w01",)

"""Every check on the real adapter, with the simulator of lab/vcsim as its vCenter."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bedplate.adapters.files import FileVault
from bedplate.checks.running import State, run_checks
from bedplate.providers.vsphere.checks import vsphere_checks
from tests.unit.checks.place import Edit, setting
from tests.unit.providers.vsphere.checks.stages import (
    HOST,
    SUBNET,
    TAGS,
    TEMPLATE,
    Looker,
    Stage,
    datacenter,
    machines,
)
from tests.vcsim import CLUSTER, DATASTORE, NETWORK, POOL


@dataclass(frozen=True)
class Bad:
    """A check, what spoils it (at vCenter, or in the specification), and a word of what it says."""

    check: str
    says: str
    spoil: Callable[[Stage], Any] = lambda _: None
    edits: tuple[Edit, ...] = ()

    def __str__(self) -> str:
        return f"{self.check}: {self.says}"


PROXY = {"httpProxy": "proxy.example.com:3128", "httpsProxy": "proxy.example.com:3128"}
DOMAIN = {
    "name": "fd-1",
    "computeCluster": "/DC0/host/None",
    "resourcePool": POOL,
    "datastore": DATASTORE,
    "folder": "/DC0/vm",
    "network": NETWORK,
}

BAD = (
    Bad("vcenter-server", "thumbprint", edits=(datacenter(thumbprint="AA:" * 19 + "AA"),)),
    Bad("vcenter-clock", "ahead of", lambda s: s.clock(400)),
    Bad("datacenter", "DC9", edits=(datacenter(datacenter="DC9", network="VM Network"),)),
    Bad("network", "None", edits=(datacenter(network="/DC0/network/None"),)),
    Bad("datastore", "None", edits=(machines("w01-etcd", datastore="/DC0/datastore/None"),)),
    Bad("folder", "below /DC0/vm", edits=(machines("w01", folder="/DC0/host/w01"),)),
    Bad("resource-pool", "None", edits=(machines("w01-cp", resourcePool="*/None"),)),
    Bad("templates", "is missing tag os:ubuntu", lambda s: s.template(tags=TAGS[1:])),
    Bad("templates", "not in the inventory", edits=(machines(template="/DC0/vm/none"),)),
    Bad("worker-networks", "None", edits=(machines("w01", networks=["/DC0/network/None"]),)),
    Bad("failure-domains", "None", edits=(datacenter(failureDomains=[DOMAIN]),)),
    Bad("placement", CLUSTER, lambda s: s.unreached()),
    Bad("template-disks", "cannot shrink", lambda s: s.template(disks=(40,))),
    Bad(
        "clone-mode",
        "has none",
        lambda s: s.template(snapshots=0),
        (machines("w01", cloneMode="linkedClone", diskGiB=20),),
    ),
    Bad("template-provenance", "0.1.37", lambda s: s.template(annotation="image-builder v0.1.37")),
    Bad("vcenter-tags", "no tag with the id", edits=(machines("w01", tags=["urn:none"]),)),
    Bad("capacity", "249 GiB left", lambda s: s.datastore(249)),
    Bad("capacity", "81919 MiB of memory", lambda s: s.pool(memory_mib=81919)),
    Bad("capacity", "19999 MHz", lambda s: s.pool(cpu_mhz=19999)),
    Bad("control-plane-ip", "is in use", lambda s: s.place.world.taken_address(HOST)),
    Bad("control-plane-ip", "other-1 has", lambda s: s.machine("/DC0/vm/other-1", HOST)),
    Bad("control-plane-ip-range", "lies in", lambda s: s.addresses("198.18.0.5", 90, free=90)),
    Bad("free-addresses", "9 addresses", lambda s: s.addresses("198.18.0.100", 50, free=9)),
    Bad(
        "node-networks",
        SUBNET,
        lambda s: s.addresses("198.18.0.100", 50, free=50),
        (
            setting("clusterNetwork.pods.cidrBlocks", ["198.18.0.0/20"]),
            setting("controlPlaneConfiguration.endpoint.host", "198.18.99.9"),
        ),
    ),
    Bad(
        "node-no-proxy",
        SUBNET,
        lambda s: s.addresses("198.18.0.100", 50, free=50),
        (setting("proxyConfiguration", PROXY),),
    ),
    Bad("vsphere-user-privilege", "lacks one", lambda s: s.deny(TEMPLATE, "VApp.Import")),
)


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_each_check_sees_what_is_wrong(live: Looker, bad: Bad):
    bad.spoil(live.stage)
    found = live(bad.check, *bad.edits)
    assert found
    assert bad.says in " ".join(finding.seen for finding in found)


def test_the_example_is_found_ready(live):
    assert [r for r in live.all() if r.state is not State.PASSED] == []


def test_every_check_has_its_row(live):
    """But those that this file or the simulated vCenter spoils in another way."""
    edits = (
        machines("w01", networks=[NETWORK], tags=["urn"]),
        datacenter(failureDomains=[{**DOMAIN, "computeCluster": CLUSTER}]),
        setting("proxyConfiguration", PROXY),
    )
    names = {check.name for check in vsphere_checks(live.spec(*edits))}
    others = {"vcenter-login", "vcenter-inventory", "vcenter-version", "vcenter-sessions"}
    assert names - {bad.check for bad in BAD} == others | {"vcenter-dns"}


def test_without_a_login_nothing_is_told_of_the_inventory(live, tmp_path):
    scene = live.scene(live.spec())
    FileVault(tmp_path / "vault").put("vcenter/password", "guess")
    results = run_checks(vsphere_checks(live.spec()), scene)
    states = {result.check.name: result.state for result in results}

    assert states["vcenter-login"] is State.FAILED
    assert {r.ground for r in results if r.state is State.NOT_LOOKED_AT} == {"vcenter-login"}
    assert "guess" not in str(results)


def test_a_privilege_that_this_version_does_not_know_is_not_missing(live):
    live.stage.deny(TEMPLATE, "vSphereDataProtection.Protection")
    live.stage.forget("vSphereDataProtection.Protection")
    assert live("vsphere-user-privilege") == []


def test_our_own_control_plane_may_hold_its_address(live):
    live.stage.place.world.taken_address(HOST)
    live.stage.machine("/DC0/vm/w01/w01-abcde", "198.18.0.50", HOST)
    assert live("control-plane-ip") == []


def test_checks_change_nothing(live):
    before = live.scene(live.spec()).inventory()
    live.all(machines(folder="/DC0/vm/new"))
    assert live.scene(live.spec()).inventory() == before

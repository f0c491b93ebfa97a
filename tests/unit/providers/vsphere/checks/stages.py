"""Where the vSphere checks look: a simulated vCenter, or the simulator behind the real adapter."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from bedplate.adapters.vsphere import LiveVCenter
from bedplate.bundles import ChosenBundle
from bedplate.checks import Finding, Scene
from bedplate.checks.running import Result, run_checks
from bedplate.ports.vcenter import AddressPool, Inventory, InventoryObject
from bedplate.providers.vsphere.checks import vsphere_checks
from bedplate.simulation import arrangement
from bedplate.simulation.inventory import THUMBPRINT
from bedplate.spec import ClusterSpec
from tests.unit.checks.place import Documents, Edit, Place, spec_of
from tests.vcsim import CLUSTER, DATASTORE, NETWORK, POOL, TEMPLATES, Vcsim

TEMPLATE = f"{TEMPLATES}/ubuntu-2204-kube-v1.34"
TAGS = ("os:ubuntu", "eksdRelease:kubernetes-1-34-eks-12")
HOST = "198.18.0.10"
SUBNET = "198.18.0.0/23"


class Stage(Protocol):
    """A vCenter with what the example needs, and the ways to spoil it."""

    place: Place
    thumbprint: str

    def changes(self) -> dict[str, Any]:
        """Return what a scene here has of its own."""
        ...

    def template(self, path: str = TEMPLATE, **changes: Any) -> None:
        """Put a template there: tags, disks, snapshots, annotation."""
        ...

    def machine(self, path: str, *addresses: str) -> None:
        """Put a running virtual machine there."""
        ...

    def datastore(self, free_gib: float) -> None: ...

    def pool(self, *, memory_mib: int = -1, cpu_mhz: int = -1) -> None: ...

    def unreached(self) -> None:
        """Take the network from the hosts of the compute cluster."""
        ...

    def addresses(self, first: str, count: int, *, free: int = 0, dhcp: bool = False) -> None:
        """Let vCenter know of a range of the machines' network."""
        ...

    def deny(self, path: str, *privileges: str) -> None: ...

    def forget(self, *privileges: str) -> None: ...

    def clock(self, ahead: float) -> None: ...


class SimulatedStage:
    """The simulated site's own vCenter."""

    thumbprint = THUMBPRINT

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder / "site")
        self.world = self.place.world

    def changes(self) -> dict[str, Any]:
        return {}

    def template(self, path: str = TEMPLATE, **changes: Any) -> None:
        wanted = {"tags": TAGS, "disks": (20,), "snapshots": 1, **changes}
        item = InventoryObject(
            Inventory.TEMPLATE,
            path,
            tags=frozenset(wanted["tags"]),
            disks_gib=tuple(map(float, wanted["disks"])),
            snapshots=wanted["snapshots"],
            annotation=wanted.get("annotation", ""),
        )
        arrangement.add_object(self.world, item)

    def machine(self, path: str, *addresses: str) -> None:
        arrangement.add_machine(self.world, path, *addresses)

    def datastore(self, free_gib: float) -> None:
        self.world.limit(DATASTORE, free_gib)

    def pool(self, *, memory_mib: int = -1, cpu_mhz: int = -1) -> None:
        arrangement.change_object(
            self.world,
            Inventory.RESOURCE_POOL,
            POOL,
            free_memory_mib=None if memory_mib < 0 else memory_mib,
            free_cpu_mhz=None if cpu_mhz < 0 else cpu_mhz,
        )

    def unreached(self) -> None:
        reaches = frozenset((DATASTORE,))
        kind = Inventory.COMPUTE_CLUSTER
        arrangement.change_object(self.world, kind, CLUSTER, reaches=reaches)

    def addresses(self, first: str, count: int, *, free: int = 0, dhcp: bool = False) -> None:
        head, _, last = first.rpartition(".")
        span = ((first, f"{head}.{int(last) + count - 1}"),) if count else ()
        pool = AddressPool((NETWORK,), SUBNET, dhcp, span, free)
        arrangement.arrange(self.world, pools=(pool,))

    def deny(self, path: str, *privileges: str) -> None:
        arrangement.deny(self.world, path, *privileges)

    def forget(self, *privileges: str) -> None:
        arrangement.forget_privileges(self.world, privileges)

    def clock(self, ahead: float) -> None:
        arrangement.arrange(self.world, ahead=ahead)


class RealClock:
    """The time outside, where the simulator's clock is; nobody waits in these tests."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here is tried again")


class VcsimStage:
    """The simulator of lab/vcsim behind the real adapter; all else is the simulated site's."""

    def __init__(self, folder: Path, vcsim: Vcsim) -> None:
        self.place = Place(folder / "site")
        self._vcsim = vcsim
        self._vcenter: LiveVCenter = vcsim.vcenter(folder)
        self.thumbprint = vcsim.thumbprint
        self.template()

    def changes(self) -> dict[str, Any]:
        return {"vcenter": self._vcenter, "clock": RealClock()}

    def template(self, path: str = TEMPLATE, **changes: Any) -> None:
        wanted = {"tags": TAGS, **changes}
        wanted["tags"] = list(wanted["tags"])
        if "disks" in wanted:
            wanted["disksGiB"] = list(wanted.pop("disks"))
        self._vcsim.template(path, **wanted)

    def machine(self, path: str, *addresses: str) -> None:
        self._vcsim.machine(path, poweredOn=True, addresses=list(addresses))

    def datastore(self, free_gib: float) -> None:
        self._vcsim.post("/datastore", path=DATASTORE, capacityGiB=5000, freeGiB=free_gib)

    def pool(self, *, memory_mib: int = -1, cpu_mhz: int = -1) -> None:
        self._vcsim.post("/pool", path=POOL, memoryMiB=memory_mib, cpuMHz=cpu_mhz)

    def unreached(self) -> None:
        self._vcsim.post("/reach", cluster=CLUSTER, datastores=[DATASTORE], networks=[])

    def addresses(self, first: str, count: int, *, free: int = 0, dhcp: bool = False) -> None:
        self._vcsim.post(
            "/addresses",
            datacenter="/DC0",
            name="lab",
            subnet=SUBNET.partition("/")[0],
            netmask="255.255.254.0",
            gateway="198.18.0.1",
            range=f"{first}#{count}" if count else "",
            dhcp=dhcp,
            networks=[NETWORK],
            free=free,
        )

    def deny(self, path: str, *privileges: str) -> None:
        self._vcsim.post("/denials", path=path, privileges=list(privileges))

    def forget(self, *privileges: str) -> None:
        self._vcsim.ask("POST", "/privileges/forget", list(privileges))

    def clock(self, ahead: float) -> None:
        self._vcsim.post("/clock", seconds=ahead)


class Looker:
    """Makes the checks of a name for variations of the example."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def spec(self, *edits: Edit) -> ClusterSpec:
        """Return the example after edits; it pins the certificate of this vCenter."""
        return spec_of(datacenter(thumbprint=self.stage.thumbprint), *edits)

    def scene(self, spec: ClusterSpec, bundle: ChosenBundle | None = None) -> Scene:
        return self.stage.place.scene(spec, bundle, **self.stage.changes())

    def __call__(
        self, name: str, *edits: Edit, bundle: ChosenBundle | None = None
    ) -> Sequence[Finding]:
        """Return what the checks of a name find; every finding is complete."""
        spec = self.spec(*edits)
        chosen = [check for check in vsphere_checks(spec) if check.name == name]
        assert chosen, f"there is no check {name}"
        scene = self.scene(spec, bundle)
        found = [finding for check in chosen for finding in check.probe(scene)]
        for finding in found:
            assert finding.target
            assert finding.seen
            assert finding.remedy
            assert finding.owner
        return found

    def all(self, *edits: Edit, skipped: Sequence[str] = ()) -> tuple[Result, ...]:
        """Make every check of vSphere."""
        spec = self.spec(*edits)
        return run_checks(vsphere_checks(spec), self.scene(spec), skipped=skipped)


def datacenter(**changes: Any) -> Edit:
    """Return the edit that sets fields of the datacenter."""

    def edit(documents: Documents) -> None:
        documents["VSphereDatacenterConfig/w01"]["spec"].update(changes)

    return edit


def machines(*names: str, **changes: Any) -> Edit:
    """Return the edit that sets fields of machine configurations; of all where none is named."""

    def edit(documents: Documents) -> None:
        for key, document in documents.items():
            kind, _, name = key.partition("/")
            if kind == "VSphereMachineConfig" and (not names or name in names):
                document["spec"].update(changes)

    return edit


def without_template(documents: Documents) -> None:
    """Leave Bottlerocket's template to us."""
    for key, document in documents.items():
        if key.startswith("VSphereMachineConfig/"):
            document["spec"]["osFamily"] = "bottlerocket"
            document["spec"]["users"] = [{"name": "ec2-user", "sshAuthorizedKeys": [""]}]
            del document["spec"]["template"]

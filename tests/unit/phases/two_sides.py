"""A bootstrap cluster and a cluster of its making, in memory, for the pivot from one to the other.

Small on purpose: a test can stop time between any two calls, look at either side, and break it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import pytest

from bedplate.capi import objects
from bedplate.capi.copies import Found
from bedplate.fact import Given
from bedplate.phases.pivot import Pivot
from bedplate.ports.kube import JSON, Reach, Side
from bedplate.ports.tools import Ports, Tools
from bedplate.ports.vcenter import VirtualMachine
from bedplate.spec import load_text
from tests.unit.capi import vsphere_set
from tests.unit.phases.one_side import Api

SPEC = """
apiVersion: anywhere.eks.amazonaws.com/v1alpha1
kind: Cluster
metadata: {name: w01}
spec:
  clusterNetwork:
    cniConfig: {cilium: {}}
    pods: {cidrBlocks: [192.168.0.0/16]}
    services: {cidrBlocks: [10.96.0.0/12]}
  controlPlaneConfiguration:
    count: 1
    endpoint: {host: 10.0.0.5}
    machineGroupRef: {kind: VSphereMachineConfig, name: w01-machines}
  datacenterRef: {kind: VSphereDatacenterConfig, name: w01}
  kubernetesVersion: "1.34"
  workerNodeGroupConfigurations:
  - {name: md-0, count: 2, machineGroupRef: {kind: VSphereMachineConfig, name: w01-machines}}
---
apiVersion: anywhere.eks.amazonaws.com/v1alpha1
kind: VSphereDatacenterConfig
metadata: {name: w01}
spec: {datacenter: DC0, network: /DC0/network/VM, server: vc.example, thumbprint: "AA"}
---
apiVersion: anywhere.eks.amazonaws.com/v1alpha1
kind: VSphereMachineConfig
metadata: {name: w01-machines}
spec:
  datastore: /DC0/datastore/ds
  folder: /DC0/vm/w01
  memoryMiB: 8192
  numCPUs: 2
  osFamily: ubuntu
  resourcePool: /DC0/host/pool
  template: /DC0/vm/ubuntu
  users: [{name: capv, sshAuthorizedKeys: ["ssh-rsa AAAA"]}]
"""


class Vault:
    """Secrets in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.kept.get(name)

    def put(self, name: str, text: str) -> None:
        self.kept[name] = text

    def delete(self, name: str) -> None:
        self.kept.pop(name, None)


class VCenter:
    """The inventory: names and uuids."""

    def __init__(self, machines: dict[str, str]) -> None:
        self._machines = machines

    def virtual_machines(self, prefix: str) -> list[VirtualMachine]:
        return [
            VirtualMachine(name, uuid, "/DC0/vm/w01", True, ())
            for name, uuid in sorted(self._machines.items())
            if name.startswith(prefix)
        ]


class Notes:
    """A journal's notes."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, JSON]] = []

    def find(self, name: str) -> JSON:
        return next((value for noted, value in reversed(self.lines) if noted == name), None)

    def note(self, name: str, value: JSON) -> None:
        self.lines.append((name, copy.deepcopy(value)))

    def choose(self, name: str, make: Any) -> str:
        if not isinstance(chosen := self.find(name), str):
            chosen = make()
            self.note(name, chosen)
        return str(chosen)

    def earlier(self, step: str, name: str) -> list[JSON]:
        return []

    def others(self, key: Any) -> dict[str, Any]:
        return {}


class Killed(BaseException):
    """The process was killed; nothing may catch this."""


CHANGING = frozenset({"apply", "create", "patch", "delete", "put", "note", "choose"})


@dataclass
class Fuse:
    """Kills the process at its n-th effect: before it, or after it; or when a stage is noted.

    Only effects count: between two of them nothing changes that a killed process leaves behind.
    """

    at: int = -1
    after: bool = False
    stage: str = ""
    effects: int = 0

    def around(self, call: Any, *args: Any) -> Any:
        self.effects += 1
        now = self.effects == self.at
        if now and not self.after:
            raise Killed
        result = call()
        if now or (self.stage and self.stage in args):
            raise Killed
        return result


class Fused:
    """A port behind a fuse."""

    def __init__(self, port: Any, fuse: Fuse) -> None:
        self._port, self._fuse = port, fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name not in CHANGING:
            return method

        def effect(*args: Any) -> Any:
            return self._fuse.around(lambda: method(*args), *args)

        return effect


@dataclass
class World:
    """A bootstrap cluster that manages w01, and w01 itself with its providers installed."""

    workers: int = 1
    machines: dict[str, str] = field(default_factory=dict)
    vault: Vault = field(default_factory=Vault)
    notes: Notes = field(default_factory=Notes)
    pivot: Pivot = field(default_factory=lambda: Pivot(Side.BOOTSTRAP, Side.CLUSTER))

    def __post_init__(self) -> None:
        self.source = Api("boot", self.machines)
        self.target = Api("own", self.machines)
        self.source.install_providers()
        self.target.install_providers()
        self.fill(vsphere_set.vsphere_cluster("w01", control_planes=1, workers=self.workers))
        self.spec = load_text(SPEC, "w01.yaml")

    def fill(self, found: list[dict[str, Any]]) -> None:
        for obj in found:
            self.source.objects[objects.ref(obj)] = copy.deepcopy(obj)
            if obj["kind"] == "VSphereVM":
                self.machines[objects.name(obj)] = f"uuid-{objects.name(obj)}"

    def tools(self, fuse: Fuse | None = None) -> Tools:
        fuse = fuse or Fuse()

        def port(one: object) -> Any:
            return Fused(one, fuse)

        unused: Any = None
        ports = Ports(
            clock=unused,
            kube={Side.BOOTSTRAP: port(self.source), Side.CLUSTER: port(self.target)},
            bootstrap=unused,
            vcenter=port(VCenter(self.machines)),
            network=unused,
            host=unused,
            git=unused,
            vault=port(self.vault),
            files=unused,
            components=unused,
            backups=unused,
            members=unused,
        )
        return Tools(self.spec, unused, ports, port(self.notes), lambda text: None)

    def tick(self) -> None:
        for side in (self.source, self.target):
            if side.answers is Reach.ANSWERS:
                side.tick()

    def run(self, fuse: Fuse | None = None, looks: int = 40) -> None:
        """Run the phase until it waits for nothing more."""
        self._until_done(self.pivot.run, fuse, looks)

    def undo(self, fuse: Fuse | None = None, looks: int = 40) -> None:
        """Take the phase back until it waits for nothing more."""
        self._until_done(self.pivot.undo, fuse, looks)

    def _until_done(self, verb: Any, fuse: Fuse | None, looks: int) -> None:
        tools, waiting = self.tools(fuse), None
        for _ in range(looks):
            waiting = verb(NO_FACTS, tools)
            if waiting is None:
                return
            self.tick()
        raise AssertionError(f"still waits on {waiting}")

    def check(self) -> Any:
        return self.pivot.check(NO_FACTS, self.tools())

    def state(self) -> Any:
        """What must be the same whatever happened on the way."""
        return (
            sorted(ref.identity for ref in self.capi(self.target)),
            self.target.cluster()["spec"].get("paused"),
            self.source.cluster()["spec"].get("paused"),
            self.source.controllers_run,
            dict(self.machines),
            sorted(self.vault.kept),
        )

    def capi(self, side: Api) -> Found:
        """The objects of one side that the move is about."""
        return {
            ref: obj
            for ref, obj in side.objects.items()
            if ref.kind.kind not in ("CustomResourceDefinition", "Deployment", "Namespace")
            and ref.name != "bedplate-move"
        }


def _no_fact(key: Any) -> Any:
    raise KeyError(key.name)


NO_FACTS = Given(_no_fact)


def kill(world: World, at: int = -1, *, after: bool = True, stage: str = "") -> None:
    """Run the pivot in a process that is killed at an effect, or when it notes a stage."""
    with pytest.raises(Killed):
        world.run(Fuse(at, after=after, stage=stage))


def _undisturbed() -> tuple[int, Any]:
    world, fuse = World(), Fuse()
    world.run(fuse)
    return fuse.effects, world.state()


# How many effects an undisturbed pivot has, and the state it ends in.
EFFECTS, END = _undisturbed()

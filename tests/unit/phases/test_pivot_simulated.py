"""The pivot on the simulated site: real phases before it, killed at each of its effects."""

from __future__ import annotations

import functools
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bedplate.capi import objects
from bedplate.capi.commit import read_commit
from bedplate.capi.discover import discover
from bedplate.capi.move import dangling_owners, digest, machine_ids
from bedplate.capi.restore import was_moved
from bedplate.engine.phase import Waiting
from bedplate.errors import PermanentError
from bedplate.fact import Given
from bedplate.phases.bootstrap import Bootstrap
from bedplate.phases.control_plane import ControlPlane
from bedplate.phases.networking import Networking
from bedplate.phases.pivot import Pivot
from bedplate.phases.provider_setup import ProviderSetup
from bedplate.phases.providers import InstallProviders
from bedplate.phases.secrets import Secrets
from bedplate.phases.workers import Workers
from bedplate.ports.kube import Side
from bedplate.ports.tools import Ports, Tools
from bedplate.providers.keys import vault_name
from bedplate.simulation import SimulatedSite
from bedplate.spec import load_file
from tests.unit.phases.two_sides import Fuse, Fused, Killed, Notes

EXAMPLE = Path(__file__).parents[3] / "examples" / "vsphere-standalone.yaml"
BEFORE = (
    Bootstrap(),
    InstallProviders(Side.BOOTSTRAP),
    ProviderSetup(Side.BOOTSTRAP),
    ControlPlane(Side.BOOTSTRAP),
    Networking(Side.CLUSTER),
    Workers(Side.BOOTSTRAP),
    InstallProviders(Side.CLUSTER),
    Secrets(Side.CLUSTER),
)
PIVOT = Pivot(Side.BOOTSTRAP, Side.CLUSTER)
SSH_KEY = (
    Ed25519PrivateKey.generate()
    .private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    .decode()
)


class Life:
    """A simulated site and one cluster on it, as one process after another sees them."""

    def __init__(self, state: Path) -> None:
        self.site = SimulatedSite(state)
        self.spec = load_file(EXAMPLE)
        self.site.vault.put(vault_name(self.spec.name), SSH_KEY)
        self.notes = Notes()
        self.facts: dict[str, Any] = {}
        self.given = Given(lambda key: self.facts[key.name])

    def tools(self, fuse: Fuse | None = None) -> Tools:
        ports = self.site.open(self.spec)
        notes: Any = self.notes
        if fuse is not None:
            ports, notes = _fused(ports, fuse), Fused(notes, fuse)
        bundle = self.site.bundle(self.spec)
        return Tools(self.spec, bundle, ports, notes, lambda text: None)

    def settle(self, phase: Any, fuse: Fuse | None = None, looks: int = 500) -> Any:
        tools, seen = self.tools(fuse), None
        for verb in (phase.run, phase.verify):
            seen = self._repeat(functools.partial(verb, self.given, tools), looks)
        self.facts[phase.gives.name] = seen
        return seen

    def undo(self, fuse: Fuse | None = None) -> None:
        self._repeat(functools.partial(PIVOT.undo, self.given, self.tools(fuse)), 100)

    def _repeat(self, look: Any, looks: int) -> Any:
        seen: Any = None
        for _ in range(looks):
            seen = look()
            if not isinstance(seen, Waiting):
                return seen
            self.site.open(self.spec).clock.sleep(5)
        raise AssertionError(f"still waits on {seen}")

    def rest(self, seconds: float = 600) -> None:
        """Let the controllers do whatever they are going to do."""
        self.site.open(self.spec).clock.sleep(seconds)

    def graph(self, side: Side) -> Any:
        return discover(self.tools().kube(side), self.spec.name)

    def machines(self) -> dict[str, str]:
        return {machine.name: machine.uuid for machine in self.site.world.virtual_machines()}

    def end(self) -> Any:
        """What must be the same whatever happened on the way."""
        target = self.graph(Side.CLUSTER)
        return (
            sorted(ref.identity for ref in target.refs),
            machine_ids(target),
            dangling_owners(tuple(target)),
            objects.is_paused(target.cluster),
            self.machines(),
            len(self.site.world.vm_events()),
            self.tools().ports.vault.get(f"{self.spec.name}/capi-objects"),
        )


def _fused(ports: Ports, fuse: Fuse) -> Ports:
    def fused(port: object) -> Any:
        return Fused(port, fuse)

    return replace(
        ports,
        kube={side: fused(kube) for side, kube in ports.kube.items()},
        vault=fused(ports.vault),
    )


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a site with everything settled that comes before the pivot."""
    state = tmp_path_factory.mktemp("ready") / "state"
    life = Life(state)
    for phase in BEFORE:
        life.settle(phase)
    return state


@pytest.fixture
def begin(ready, tmp_path):
    """Begin a life from there, as often as a test likes."""

    def begin(name="life"):
        shutil.copytree(ready, tmp_path / name)
        return Life(tmp_path / name)

    return begin


@pytest.fixture(scope="module")
def undisturbed(ready, tmp_path_factory):
    """How many effects an undisturbed pivot has, and how it ends."""
    state = tmp_path_factory.mktemp("undisturbed") / "state"
    shutil.copytree(ready, state)
    life, fuse = Life(state), Fuse()
    life.settle(PIVOT, fuse)
    life.rest()
    return fuse.effects, life.end()


def kill(life, **fuse):
    with pytest.raises(Killed):
        life.settle(PIVOT, Fuse(**fuse))


def test_the_cluster_takes_its_management_over_and_no_machine_is_touched(begin):
    life = begin()
    before, events = life.machines(), len(life.site.world.vm_events())
    moved = digest(life.graph(Side.BOOTSTRAP))
    fact = life.settle(PIVOT)
    life.rest()
    assert fact.digest == moved
    assert set(fact.machines) == set(before)
    assert life.machines() == before
    assert len(life.site.world.vm_events()) == events
    assert PIVOT.check(life.given, life.tools()) == fact


def test_the_new_manager_can_scale_its_machines(begin):
    life = begin()
    life.settle(PIVOT)
    before = life.machines()
    deployment = life.graph(Side.CLUSTER).of_kind("MachineDeployment")[0]
    replicas = objects.number(deployment, "spec", "replicas") or 0
    life.tools().kube(Side.CLUSTER).patch(
        objects.ref(deployment), {"spec": {"replicas": replicas + 1}}
    )
    life.rest()
    assert len(life.machines()) == len(before) + 1
    assert before.items() <= life.machines().items()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_pivot_killed_anywhere_ends_as_if_it_had_not_been(begin, undisturbed):
    # test_pivot.py does so at every effect; here every second one is enough.
    effects, end = undisturbed
    for at in range(1, effects + 1, 2):
        life = begin(f"at-{at}")
        kill(life, at=at, after=bool(at & 2))
        life.rest(60 if at % 3 else 0)
        life.settle(PIVOT)
        life.rest()
        assert life.end() == end, f"killed at effect {at}"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_pivot_killed_anywhere_can_be_taken_back_until_its_commit(begin, undisturbed):
    effects, end = undisturbed
    for at in range(1, effects + 1, 5):
        life = begin(f"at-{at}")
        kill(life, at=at, after=True)
        if read_commit(life.tools().kube(Side.CLUSTER), life.spec.name) is not None:
            return
        life.undo()
        life.rest()
        assert len(life.graph(Side.CLUSTER)) == 0
        assert not objects.is_paused(life.graph(Side.BOOTSTRAP).cluster)
        assert life.end()[4:6] == end[4:6], f"killed at effect {at}"
    raise AssertionError("the pivot never committed")


def test_a_bootstrap_cluster_lost_in_the_middle_comes_back_from_the_copy(begin):
    life = begin()
    before = life.machines()
    kill(life, stage="created")
    life.site.world.lose_bootstrap()
    with pytest.raises(PermanentError) as caught:
        life.settle(PIVOT)
    assert caught.value.code == "BOOTSTRAP_LOST"
    for phase in BEFORE[:4]:
        life.settle(phase)
    life.settle(PIVOT)
    life.rest()
    assert life.machines() == before


def test_a_bootstrap_cluster_lost_after_the_commit_is_not_missed(begin, undisturbed):
    life = begin()
    kill(life, stage="committed")
    life.site.world.lose_bootstrap()
    assert was_moved(life.tools())
    life.settle(PIVOT)
    life.rest()
    assert life.end() == undisturbed[1]

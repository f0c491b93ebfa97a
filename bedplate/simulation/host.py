"""The Docker engine of a simulated world: large and well set up, until somebody says otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace

from bedplate.ports.host import HostFacts
from bedplate.simulation.store import Tx
from bedplate.simulation.world import World

KEPT = "host/facts"

USUAL = HostFacts(
    version="29.1.3",
    api_version="1.52",
    operating_system="Simulated Linux",
    memory_mib=16 * 1024,
    cpus=4,
    cgroup_version=2,
    cgroup_driver="systemd",
    storage_driver="overlay2",
    disk_free_gib=200.0,
    sysctls={
        "fs.inotify.max_user_instances": 8192,
        "fs.inotify.max_user_watches": 1_048_576,
        "net.netfilter.nf_conntrack_count": 100,
        "net.netfilter.nf_conntrack_max": 262_144,
    },
)


class SimulatedHost:
    """The Docker engine on which a world's KinD clusters run."""

    def __init__(self, world: World) -> None:
        self._world = world

    def look(self, tcp_ports: tuple[int, ...] = ()) -> HostFacts:
        """Return what there is."""
        with self._world.snapshot() as tx:
            facts = _facts(tx)
        busy = tuple(port for port in tcp_ports if port in facts.busy_ports)
        return replace(facts, busy_ports=busy)


def set_up_host(world: World, facts: HostFacts) -> None:
    """Let the world's Docker engine be so; its busy ports are busy for whoever asks for them."""
    with world.transaction() as tx:
        text = json.dumps(asdict(facts))
        tx.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", KEPT, text)


def _facts(tx: Tx) -> HostFacts:
    text = tx.text(KEPT)
    if not text:
        return USUAL
    kept: Mapping[str, object] = json.loads(text)
    busy = kept["busy_ports"]
    ports = tuple(int(port) for port in busy) if isinstance(busy, list) else ()
    return replace(HostFacts(**{**kept, "busy_ports": ports}))  # type: ignore[arg-type]

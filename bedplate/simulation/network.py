"""The network of a simulated world: which addresses answer."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate.simulation import faults, vms
from bedplate.simulation.store import Tx
from bedplate.simulation.world import World

API_PORT = 6443
SSH_PORT = 22


class SimulatedNetwork:
    """Probes of addresses in a simulated world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answers(self, host: str, ports: Sequence[int]) -> Sequence[str]:
        """Return the evidence that something uses the address."""
        with self._world.snapshot() as tx:
            return _evidence(tx, host, ports)


def _evidence(tx: Tx, host: str, ports: Sequence[int]) -> list[str]:
    if faults.is_taken(tx, host):
        return [f"tcp {port} connected" for port in ports]
    holder = vms.endpoint_holder(tx, host)
    if holder is not None:
        return [f"tcp {p} connected ({holder.name})" for p in ports if p in (API_PORT, SSH_PORT)]
    leased = tx.one("SELECT vm FROM addresses WHERE host = ?", host)
    machine = vms.by_uuid(tx, leased[0]) if leased is not None else None
    if machine is not None and machine.powered_on and machine.booted_at <= tx.now:
        return [f"tcp {port} connected ({machine.name})" for port in ports if port == SSH_PORT]
    return []

"""The simulated site: real work on simulated infrastructure.

It proves nothing about the real world.

`SimulatedSite` is the door. Behind it: a world in one file (`store.py`, `world.py`), an API server
(`apiserver.py` over `objects.py`), the controllers that act on its objects (`controllers/`), a
vCenter (`inventory.py`, `vms.py`), KinD (`apis.py`), Git, and faults by name (`faults.py`).
"""

from __future__ import annotations

from bedplate.simulation.bundle import RELEASES, eksd_name
from bedplate.simulation.faults import Fault, parse_fault
from bedplate.simulation.site import SimulatedSite
from bedplate.simulation.world import VmEvent, World

__all__ = ["RELEASES", "Fault", "SimulatedSite", "VmEvent", "World", "eksd_name", "parse_fault"]

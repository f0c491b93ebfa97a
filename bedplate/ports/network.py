"""What the administrative machine sees of the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Network(Protocol):
    """Probes that send a few packets and change nothing."""

    def answers(self, host: str, ports: Sequence[int]) -> Sequence[str]:
        """Return the evidence that something uses the address, such as "tcp 6443 connected"."""
        ...

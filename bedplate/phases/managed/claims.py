"""What runs of a cluster noted when they claimed its name on the management cluster."""

from __future__ import annotations

from bedplate.ports.tools import Tools

STEP, CLAIMED = "claim", "claimed"


def claims_of(tools: Tools) -> frozenset[str]:
    """Return the fingerprints that this cluster's own runs claimed its name for."""
    noted = tools.notes.earlier(STEP, CLAIMED)
    return frozenset(one for one in noted if isinstance(one, str))

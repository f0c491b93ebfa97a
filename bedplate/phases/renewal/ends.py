"""When the former certificates end: what a server shows afterwards has to end later.

kubeadm and etcdadm give each certificate the same time to live, and the beginning of its authority:
so its end is what tells a new one from a former one.
"""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.certificates import Server
from bedplate.ports.tools import Tools

ENDED = "ended"


def note_end(tools: Tools, servers: Iterable[Server]) -> None:
    """Journal when the last of what servers show by now ends, once, before any is replaced."""
    if tools.notes.find(ENDED) is None:
        shown = (server.look(tools.ports.network) for server in servers)
        ends = (int(one.not_after) for one in shown if one is not None)
        tools.notes.note(ENDED, max(ends, default=0))


def noted_end(tools: Tools) -> int:
    """Return what was noted, 0 where this run replaces nothing."""
    found = tools.notes.find(ENDED)
    return found if isinstance(found, int) else 0

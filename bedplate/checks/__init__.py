"""Preflight checks that every provider shares, and the shape of a check.

Start at `create.py`, `upgrade.py` and `docker_host.py`: each is a list of checks, in the order in
which they are shown.
"""

from __future__ import annotations

from bedplate.checks.check import Check, Finding, Severity
from bedplate.checks.create import create_checks
from bedplate.checks.docker_host import host_checks
from bedplate.checks.scene import Scene
from bedplate.checks.upgrade import upgrade_checks

__all__ = [
    "Check",
    "Finding",
    "Scene",
    "Severity",
    "create_checks",
    "host_checks",
    "upgrade_checks",
]

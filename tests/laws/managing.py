"""A place where w01 manages itself and w02 is managed by it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from bedplate.managed_operations import CREATE_MANAGED, DELETE_MANAGED
from bedplate.ports.kube import Side
from bedplate.service import abort, run_to_end
from bedplate.spec import load_text
from tests.laws.making import Place
from tests.laws.zygote import MANAGED_FILE

TEXT = MANAGED_FILE.read_text()
MACHINES = 2


class Managed(Place):
    """A place whose clusters are managed by w01."""

    def create(self, *, first=None, last=None):
        session = self.session(first=first, last=last, operation=CREATE_MANAGED)
        with session:
            return run_to_end(session)

    def delete(self, *, last=None, skipped=frozenset()):
        session = self.session(last=last, operation=DELETE_MANAGED)
        session.request = replace(session.request, skipped=skipped)
        with session:
            return run_to_end(session)

    def abort(self, operation=CREATE_MANAGED):
        with self.session(takes_back=True, operation=operation) as session:
            abort(session)

    @property
    def manager(self):
        """The management cluster's API server."""
        return self.site.open(load_text(self.text)).kube[Side.MANAGEMENT]

    def objects(self):
        """The addresses of all objects on the management cluster."""
        with self.world.snapshot() as tx:
            sql = "SELECT kind, ns, name FROM objects WHERE api = 'cluster:w01'"
            return {tuple(row) for row in tx.all(sql)}

    def own_machines(self):
        """The names of the machines of w02 that there are."""
        return sorted(machine.name for machine in self.world.virtual_machines("w02-"))


def copy_of(folder: Path, to: Path, text: str = TEXT) -> Managed:
    """A copy of a place that another test may not change."""
    shutil.copytree(folder, to)
    return Managed(to, text)


def other(name: str, address: str) -> str:
    """Return the specification of another cluster like w02."""
    return TEXT.replace("w02", name).replace("198.18.0.20", address)

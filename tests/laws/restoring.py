"""A cluster with etcd on its control plane, a backup of it, and what is written afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bedplate.capi import objects
from bedplate.engine.journal import RunState
from bedplate.operations import BACKUP, RESTORE
from bedplate.ports.kube import Kind, Kube, Ref, Side
from bedplate.service import run_to_end
from bedplate.spec import load_text
from tests.laws.making import Place

SPEC_FILE = Path(__file__).parents[2] / "examples" / "vsphere-stacked-etcd.yaml"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8gIphQXy2QxVvF8mA4Z5X6m7c8d9e0f1g2h3i4j5k6"
TEXT = SPEC_FILE.read_text().replace('- ""', f'- "{KEY}"')  # making a key takes a second
NAME = load_text(TEXT).name
CONFIG_MAP = Kind("v1", "ConfigMap")


class Restoring(Place):
    """A place where a cluster is backed up and restored."""

    def __init__(self, folder: Path, text: str = TEXT) -> None:
        super().__init__(folder, text)

    @property
    def spec(self):
        """The cluster's specification."""
        return load_text(self.text)

    @property
    def kube(self) -> Kube:
        """The cluster's own API server."""
        return self.site.open(self.spec).kube[Side.CLUSTER]

    @property
    def planes(self) -> list[str]:
        """The names of the control-plane machines."""
        found = self.world.virtual_machines(f"{NAME}-")
        return [one.name for one in found if "-md-" not in one.name]

    def back_up(self) -> str:
        """Take a backup; returns its name."""
        with self.session(operation=BACKUP) as session:
            assert run_to_end(session) is RunState.COMPLETED
        return self.backups()[-1]

    def backups(self) -> list[str]:
        """The names of the backups, the newest last."""
        folders = (self.folder / "site" / "backups" / NAME).iterdir()
        return [one.name for one in sorted(folders, key=lambda one: one.stat().st_mtime_ns)]

    def restore(self, backup: str = "", *, last: str | None = None) -> RunState:
        """Restore a backup, or go on with it; returns how the run stands."""
        session = self.session(operation=RESTORE, last=last)
        session.request = replace(session.request, backup=backup)
        with session:
            return run_to_end(session)

    def write(self, name: str) -> None:
        """Have a ConfigMap in the cluster."""
        ref = Ref(CONFIG_MAP, "default", name)
        head = {"name": name, "namespace": "default"}
        self.kube.apply(ref, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": head})

    def written(self) -> list[str]:
        """The names of those that are there."""
        return [objects.name(one) for one in self.kube.list(CONFIG_MAP, "default")]

    def break_all(self) -> None:
        """Lose the data of every member."""
        for name in self.planes:
            self.world.wipe_etcd(name)

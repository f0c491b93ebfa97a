"""A finished cluster on a simulated site, to be changed behind our backs and compared."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import pytest

from bedplate.drift import Comparison, Drift
from bedplate.inspection import drift_of, inspect_cluster
from bedplate.ports.kube import Kube, Side
from bedplate.spec import load_text
from tests.laws.making import Place


@dataclass
class Compared:
    """A place with a cluster w01, and what a comparison finds there."""

    place: Place

    @property
    def world(self):
        return self.place.world

    @property
    def kube(self) -> Kube:
        return self.place.site.open(load_text(self.place.text)).kube[Side.CLUSTER]

    def comparison(self) -> Comparison:
        return drift_of(inspect_cluster(self.place.site, self.place.journal, "w01"))

    def drifts(self) -> tuple[Drift, ...]:
        found = self.comparison()
        assert found.unseen == ()
        return found.drifts

    def told(self) -> list[tuple[str, str]]:
        """The sort and the target of each difference."""
        return [(drift.sort.value, drift.target) for drift in self.drifts()]


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The folder of a place with one finished cluster, made once."""
    folder = tmp_path_factory.mktemp("finished")
    place = Place(folder)
    place.create()
    place.journal.close()
    return folder


@pytest.fixture
def cluster(finished, tmp_path):
    folder = tmp_path / "place"
    shutil.copytree(finished, folder)
    found = Compared(Place(folder))
    yield found
    found.place.journal.close()

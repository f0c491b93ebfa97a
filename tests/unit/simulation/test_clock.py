"""Time at a simulated site."""

import threading
import time

from bedplate.ports.kube import Reach, Side
from bedplate.simulation import SimulatedSite
from tests.unit.simulation.yard import PROVIDERS, Yard


def test_sleeping_lets_time_pass(yard):
    before = yard.ports.clock.now()
    yard.ports.clock.sleep(90)
    assert yard.ports.clock.now() == before + 90


def test_time_costs_nothing_without_a_pace(yard):
    begun = time.monotonic()
    yard.ports.clock.sleep(1_000_000)
    assert time.monotonic() - begun < 5


def test_a_pace_makes_time_take_time(tmp_path, spec):
    clock = SimulatedSite(tmp_path / "slow", pace=0.001).open(spec).clock
    begun = time.monotonic()
    clock.sleep(100)
    assert time.monotonic() - begun >= 0.1


def test_sleepers_at_the_same_time_do_not_add_up(tmp_path, spec):
    # The pace keeps both asleep together: each has looked at the clock before either wakes.
    site = SimulatedSite(tmp_path / "slow", pace=0.02)
    begun = site.world.now()
    clocks = [site.open(spec).clock for _ in range(4)]
    threads = [threading.Thread(target=clock.sleep, args=(10,)) for clock in clocks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert site.world.now() == begun + 10


def test_time_never_goes_back(yard):
    now = yard.world.now()
    yard.world.advance(now - 100)
    assert yard.world.now() == now


def test_time_survives_the_process(tmp_path, spec):
    SimulatedSite(tmp_path / "site").open(spec).clock.sleep(33)
    first = SimulatedSite(tmp_path / "fresh").world.now()
    assert SimulatedSite(tmp_path / "site").world.now() == first + 33


def test_how_often_one_looks_changes_nothing_about_what_happens(tmp_path, spec):
    """Everything happens at its own moment, also in the middle of a long sleep."""
    moments = []
    for poll in (1, 7, 600):
        site = SimulatedSite(tmp_path / f"poll-{poll}")
        yard = Yard(site, spec)
        yard.bring_bootstrap()
        yard.install(yard.bootstrap, *PROVIDERS)
        yard.order()
        begun = yard.ports.clock.now()
        for _ in range(0, 601, poll):
            yard.ports.clock.sleep(poll)
        moments.append([(e.at - begun, e.event, e.name) for e in site.world.vm_events()])
    assert len(moments[0]) == 5
    assert moments[0] == moments[1] == moments[2]


def test_a_bootstrap_cluster_takes_half_a_minute(yard):
    yard.ports.bootstrap.create(yard.kind_name, {})
    yard.sleep(29)
    assert yard.ports.kube[Side.BOOTSTRAP].reach() is Reach.SILENT
    yard.sleep(1)
    assert yard.ports.kube[Side.BOOTSTRAP].reach() is Reach.ANSWERS

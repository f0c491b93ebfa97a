"""The conductor over a real journal: killed at any of its writes and calls, the end is the same."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from bedplate.adapters.journal import open_journal
from bedplate.adapters.journal.campaigns import open_campaigns
from bedplate.campaigns import FleetSites, plan_campaign, wanted_spec
from bedplate.engine.journal import RunState, Writer
from bedplate.errors import BadInput, LeaseLost, Refused
from bedplate.fleet.book import lease_name
from bedplate.fleet.conductor import Conductor, Order
from bedplate.fleet.loading import load_campaign
from bedplate.fleet.observe import Child, Seen
from bedplate.fleet.states import CampaignState, ClusterState, Wanted
from bedplate.simulation import SimulatedSite
from bedplate.spec import read_text
from tests.fleet_journal import ELSEWHERE, record, spec_of
from tests.unit.fleet.fleets import MONDAY, Killed

CLUSTERS = ("store-1", "store-2", "store-3")
CAMPAIGN = """
apiVersion: bedplate/v1alpha1
kind: UpgradeCampaign
metadata: {name: retail}
spec:
  target: {kubernetesVersion: "1.35"}
  stages:
  - name: canary
    select: 1
    gates: {after: [{soak: 1h}, {job: {deployment: health/smoke}}]}
  - name: rest
    maxConcurrency: 2
"""


class Runs:
    """Runs as Prefect keeps them: one for each key. Each ends a while after it was begun."""

    def __init__(self):
        self.by_key: dict[str, str] = {}
        self.seen: dict[str, Seen] = {}
        self.orders: list[Order] = []
        self.refused: set[str] = set()

    def begin(self, order: Order) -> str:
        self._refuse(order.cluster)
        if order.key not in self.by_key:
            self.orders.append(order)
        return self._run(order.key)

    def begin_job(self, job, key: str) -> str:
        self._refuse(job.deployment)
        return self._run(key)

    def _refuse(self, name: str) -> None:
        if name in self.refused:
            raise BadInput("DEPLOYMENT_UNKNOWN", f"none for {name}", remedy="deploy it")

    def _run(self, key: str) -> str:
        run = self.by_key.setdefault(key, f"run {key}")
        self.seen.setdefault(run, Seen(Child.ALIVE))
        return run

    def look(self, runs: Sequence[str]) -> Mapping[str, Seen]:
        return {run: self.seen[run] for run in runs}

    def stop(self, run: str) -> None:
        if self.seen[run].child is Child.ALIVE:
            self.seen[run] = Seen(Child.CANCELLED)

    def work(self) -> None:
        alive = [run for run, seen in self.seen.items() if seen.child is Child.ALIVE]
        self.seen |= dict.fromkeys(alive, Seen(Child.COMPLETED))


class Frail:
    """Passes calls on to something; dies before or after the call of a number."""

    def __init__(self, behind, death):
        self._behind = behind
        self._death = death

    def __getattr__(self, name):
        method = getattr(self._behind, name)

        def call(*given, **named):
            self._death.comes("before")
            found = method(*given, **named)
            self._death.comes("after")
            return found

        return call


class Death:
    def __init__(self, number: int | None, side: str = "before"):
        self.number, self.side, self.calls = number, side, 0

    def comes(self, side: str) -> None:
        self.calls += side == "before"
        if self.calls == self.number and side == self.side:
            raise Killed


class Place:
    """A journal with a fleet, a campaign in it, and its runs."""

    def __init__(self, folder, campaign=CAMPAIGN):
        self.now = MONDAY
        self.folder = folder
        url = f"sqlite:///{folder}/journal.sqlite"
        self.journal = open_journal(url, clock=lambda: self.now, lease_clock=lambda: self.now)
        self.book = open_campaigns(url, clock=lambda: self.now)
        for name in CLUSTERS:
            record(self.journal, name, spec_of(name))
        self.runs = Runs()
        loaded = load_campaign(campaign, "retail.yaml", lambda _: "")
        sites = FleetSites({}, lambda name: SimulatedSite(folder / name))
        self.row = plan_campaign(
            loaded,
            self.journal,
            self.book,
            requested_by="ann",
            now=self.now,
            site="simulated",
            sites=sites,
        )
        self.book.add(self.row)
        self.book.want(self.row.id, Wanted.RUN, "")

    def writer(self) -> Writer:
        name = lease_name(self.row.name)
        lease = self.journal.acquire(name, self.row.id, "fleet-upgrade", ELSEWHERE)
        return Writer(name, self.row.id, lease.token)

    def conductor(self, death: Death) -> Conductor:
        return Conductor(
            self.row,
            Frail(self.book, death),
            self.writer(),
            Frail(self.runs, death),
            lambda cluster: wanted_spec(self.journal, self.row.plan, cluster),
            lambda: self.now,
        )

    def play(self, death: Death) -> CampaignState:
        """Take turns to the end; who was killed is followed by another."""
        conductor = None
        for _ in range(60):
            try:
                conductor = conductor or self.conductor(death)
                _, state = conductor.turn()
            except Killed:
                conductor = None
                continue
            if state in (CampaignState.COMPLETED, CampaignState.CANCELLED):
                return state
            if state is CampaignState.PAUSED:
                return state
            self.runs.work()
            self.now += 1800
        raise AssertionError("it does not end")

    def states(self):
        standing = self.book.standing(self.row)
        return {name: standing.state(name) for name in CLUSTERS}

    def close(self):
        self.journal.close()
        self.book.close()


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.close()


POINTS = range(1, 54, 4)


def test_the_kills_go_from_the_first_write_or_call_to_the_last(place):
    whole = Death(None)

    place.play(whole)

    assert POINTS[-1] <= whole.calls < POINTS[-1] + 8


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("number", POINTS)
def test_a_campaign_killed_at_any_write_or_call_upgrades_every_cluster_once(place, number, side):
    ended = place.play(Death(number, side))

    assert ended is CampaignState.COMPLETED
    assert set(place.states().values()) == {ClusterState.UPGRADED}
    assert sorted(order.cluster for order in place.runs.orders) == list(CLUSTERS)
    assert len([key for key in place.runs.by_key if "/job" in key]) == 1


def test_what_is_asked_for_is_the_frozen_specification_with_the_bundle_of_the_plan(place):
    place.play(Death(None))

    order = place.runs.orders[0]
    wanted = read_text(order.spec_text, "order")
    assert order.bundle == SimulatedSite(place.folder / order.site).bundle(wanted).digest
    assert order.requested_by == place.row.marker
    assert "kubernetesVersion: '1.35'" in order.spec_text


WINDOW = 'windows: [{timeZone: UTC, start: "00:00", duration: 3h}]\n  stopBefore: 30m\n  stages:'


@pytest.fixture
def windowed(tmp_path):
    place = Place(tmp_path, CAMPAIGN.replace("stages:", WINDOW))
    yield place
    place.close()


def test_a_run_may_begin_as_long_as_its_window_has_room_for_a_stop(windowed):
    windowed.conductor(Death(None)).turn()

    (order,) = windowed.runs.orders
    assert order.not_after == MONDAY + 2.5 * 3600


def test_a_run_that_is_asked_for_late_may_not_begin_in_a_window_that_was_not_meant(windowed):
    def die(order):
        raise Killed

    begins = windowed.runs.begin
    windowed.runs.begin = die
    with pytest.raises(Killed):
        windowed.conductor(Death(None)).turn()
    windowed.runs.begin = begins
    windowed.now += 20 * 3600

    windowed.conductor(Death(None)).turn()

    (order,) = windowed.runs.orders
    assert order.not_after == MONDAY + 2.5 * 3600


def test_a_run_that_could_only_begin_too_late_is_asked_for_again_in_the_next_window(windowed):
    windowed.conductor(Death(None)).turn()
    (run,) = windowed.runs.by_key.values()
    windowed.runs.seen[run] = Seen(Child.FAILED, "WINDOW_CLOSED: too late", "WINDOW_CLOSED")
    windowed.now += 20 * 3600

    assert windowed.play(Death(None)) is CampaignState.COMPLETED

    assert Counter(order.cluster for order in windowed.runs.orders)["store-1"] == 2


def test_without_windows_a_run_may_begin_at_any_time(place):
    place.conductor(Death(None)).turn()

    (order,) = place.runs.orders
    assert order.not_after is None


def test_an_older_conductor_writes_nothing_once_another_has_taken_over(place):
    old = place.conductor(Death(None))
    name = lease_name(place.row.name)
    lease = place.journal.lease(name)
    place.journal.release(lease)
    place.writer()

    with pytest.raises(LeaseLost):
        old.turn()


def test_a_cluster_that_somebody_upgrades_meanwhile_is_foreign(place):
    record(place.journal, "store-2", spec_of("store-2"), operation="upgrade", requested_by="eve")

    place.play(Death(None))

    assert place.states()["store-2"] is ClusterState.FOREIGN
    assert "by eve" in place.book.standing(place.row).record("store-2").why


def test_runs_of_the_campaign_itself_and_aborted_ones_are_not_foreign(place):
    given = {"operation": "upgrade", "requested_by": place.row.marker}
    record(place.journal, "store-1", spec_of("store-1"), **given)
    record(
        place.journal,
        "store-2",
        spec_of("store-2"),
        operation="upgrade",
        state=RunState.ABORTED,
    )

    place.play(Death(None))

    assert set(place.states().values()) == {ClusterState.UPGRADED}


def test_a_failed_job_is_tried_again_after_a_resume(place):
    def fail_job():
        for key, run in place.runs.by_key.items():
            if "/job" in key and place.runs.seen[run].child is Child.ALIVE:
                place.runs.seen[run] = Seen(Child.FAILED, "unwell")

    works = place.runs.work
    place.runs.work = lambda: (fail_job(), works())
    assert place.play(Death(None)) is CampaignState.PAUSED
    assert "unwell" in place.book.standing(place.row).why
    place.runs.work = works

    place.book.resume(place.row.id, "by ann", accept_failed=False)

    assert place.play(Death(None)) is CampaignState.COMPLETED
    assert len([key for key in place.runs.by_key if "/job" in key]) == 2


def test_a_cluster_whose_run_is_refused_has_failed_and_the_others_are_looked_at(place):
    place.runs.refused = {"store-2"}

    assert place.play(Death(None)) is CampaignState.PAUSED

    assert place.states() == {
        "store-1": ClusterState.UPGRADED,
        "store-2": ClusterState.FAILED,
        "store-3": ClusterState.UPGRADED,
    }
    said = "DEPLOYMENT_UNKNOWN: none for store-2 — deploy it"
    assert place.book.standing(place.row).record("store-2").why == said


@pytest.mark.parametrize("name", ["store-2", "health/smoke"])
def test_what_was_refused_is_asked_for_again_after_a_resume(place, name):
    place.runs.refused = {name}
    assert place.play(Death(None)) is CampaignState.PAUSED
    place.runs.refused = set()

    place.book.resume(place.row.id, "by ann", accept_failed=False)

    assert place.play(Death(None)) is CampaignState.COMPLETED
    assert set(place.states().values()) == {ClusterState.UPGRADED}


@pytest.mark.parametrize("name", ["store-2", "health/smoke"])
@pytest.mark.parametrize("number", range(1, 40, 4))
def test_a_campaign_killed_anywhere_can_be_cancelled_whatever_is_refused(place, name, number):
    place.runs.refused = {name}
    assert place.play(Death(number, "after")) is CampaignState.PAUSED

    place.book.want(place.row.id, Wanted.CANCEL, "ann")

    assert place.play(Death(None)) is CampaignState.CANCELLED


def test_a_job_that_is_refused_holds_the_campaign_and_says_why(place):
    place.runs.refused = {"health/smoke"}

    assert place.play(Death(None)) is CampaignState.PAUSED

    standing = place.book.standing(place.row)
    told = place.book.untold(place.row.id)
    assert any(one.text.endswith("bedplate fleet resume retail --site simulated") for one in told)
    assert standing.why.endswith("DEPLOYMENT_UNKNOWN: none for health/smoke — deploy it")
    assert standing.wanted is Wanted.HOLD


def test_what_has_ended_cannot_be_resumed(place):
    place.play(Death(None))

    with pytest.raises(Refused, match="FLEET_ENDED"):
        place.book.resume(place.row.id, "", accept_failed=False)

"""The campaign engine alone, without Prefect: 10,000 simulated clusters, the journal on SQLite.

What is real: the plan, the decision, the conductor, the book in the journal, the board. What is
played: the clock, and the runs of clusters' upgrades. Half way through somebody pauses.
"""

from __future__ import annotations

import math
import os
import resource
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bedplate.adapters.journal import open_journal
from bedplate.adapters.journal.campaigns import open_campaigns
from bedplate.campaigns import FleetSites, plan_campaign, wanted_spec
from bedplate.engine.journal import Runner, Writer
from bedplate.fleet.board import board
from bedplate.fleet.book import CampaignRow, lease_name
from bedplate.fleet.conductor import Conductor
from bedplate.fleet.decide import Decision
from bedplate.fleet.loading import load_campaign
from bedplate.fleet.states import ENDED, CampaignState, ClusterState, Wanted
from bedplate.simulation import SimulatedSite
from benchmarks.played import CANARY, FAILING, ZONES, Clock, PlayedRuns, record_fleet
from benchmarks.table import print_table

SIZES = tuple(map(int, os.environ.get("CLUSTERS", "100 1000 10000").split()))
POLL_SECONDS, SHOW_SECONDS = 2.0, 10.0
GOAL = 300
CAMPAIGN = f"""
apiVersion: bedplate/v1alpha1
kind: UpgradeCampaign
metadata: {{name: fleet}}
spec:
  target: {{kubernetesVersion: "1.35"}}
  selector: {{matchLabels: {{fleet: retail}}}}
  stages:
  - {{name: canary, clusters: [{CANARY}], gates: {{after: [{{soak: 4h}}]}}}}
  - {{name: hundredth, select: 1%, maxConcurrency: MOST, success: {{percent: 50}}}}
  - {{name: tenth, select: 10%, batch: 25%, maxConcurrency: MOST, success: {{percent: 80}}}}
  - {{name: half, select: 50%, batch: 20%, maxConcurrency: MOST, success: {{percent: 90}}}}
  - {{name: rest, batch: 20%, maxConcurrency: MOST, success: {{percent: 90}}}}
  windows: [{{start: "22:00", duration: 6h}}]
"""


@dataclass
class Measured:
    """What one campaign took; `paused_after` is in simulated seconds."""

    planned: float
    carried_out: float
    processor: float
    turns: int
    longest_turn: float
    paused_after: float
    simulated: float
    states: Counter[ClusterState]


class Campaigning:
    """One campaign, carried out as its flow does it, by a clock that is set."""

    def __init__(self, folder: Path, clusters: int) -> None:
        url = f"sqlite:///{folder}/journal.sqlite"
        self._folder = folder
        self._clusters = clusters
        self._clock = Clock()
        self._begun_at = self._clock.now
        self._most = max(clusters // 20, 2)
        self._runs = PlayedRuns(self._clock)
        self._journal = open_journal(url, clock=self._clock)
        self._book = open_campaigns(url, clock=self._clock)
        self._paused_at = self._paused_after = math.nan
        self._turns, self._longest_turn, self._shown_at = 0, 0.0, 0.0
        record_fleet(url, clusters)

    def measure(self) -> Measured:
        """Plan it and carry it out."""
        begun, worked = time.perf_counter(), time.process_time()
        row = self._plan()
        planned = time.perf_counter()
        self._carry_out(row)
        ended = time.perf_counter()
        standing = self._book.standing(row)
        return Measured(
            planned=planned - begun,
            carried_out=ended - planned,
            processor=time.process_time() - worked,
            turns=self._turns,
            longest_turn=self._longest_turn,
            paused_after=self._paused_after,
            simulated=self._clock.now - self._begun_at,
            states=Counter(standing.state(one.name) for one in row.plan.clusters),
        )

    def _plan(self) -> CampaignRow:
        text = CAMPAIGN.replace("MOST", str(self._most))
        loaded = load_campaign(text, "fleet.yaml", lambda _: "")
        row = plan_campaign(
            loaded,
            self._journal,
            self._book,
            requested_by="ann",
            now=self._clock.now,
            site="simulated",
            sites=FleetSites({}, lambda name: SimulatedSite(self._folder / name)),
        )
        self._book.add(row)
        self._book.want(row.id, Wanted.RUN, "")
        return row

    def _carry_out(self, row: CampaignRow) -> None:
        name = lease_name(row.name)
        runner = Runner("bench/1/1", "bench", 1, "1")
        lease = self._journal.acquire(name, row.id, "fleet-upgrade", runner)
        writer = Writer(name, row.id, lease.token)

        def spec_of(cluster):  # type: ignore[no-untyped-def]
            return wanted_spec(self._journal, row.plan, cluster)

        conductor = Conductor(row, self._book, writer, self._runs, spec_of, self._clock)
        state = CampaignState.RUNNING
        while state not in ENDED:
            begun = time.perf_counter()
            decision, state = conductor.turn()
            self._show(row, conductor, decision)
            if events := self._book.untold(row.id):
                self._book.told(writer, row.id, events[-1].number)
            self._longest_turn = max(self._longest_turn, time.perf_counter() - begun)
            self._turns += 1
            self._let_time_go_by(decision, self._person(row, conductor, state))

    def _show(self, row: CampaignRow, conductor: Conductor, decision: Decision) -> None:
        """Make the board as often as the campaign's flow does."""
        if time.monotonic() - self._shown_at > SHOW_SECONDS:
            list(board(row.plan, conductor.standing, decision, self._clock.now))
            self._shown_at = time.monotonic()

    def _person(self, row: CampaignRow, conductor: Conductor, state: CampaignState) -> bool:
        """Pause once half of the clusters are done, go on when all has stopped; say if it acted."""
        if state is CampaignState.PAUSED:
            self._paused_after = self._clock.now - self._paused_at
            self._book.resume(row.id, "seen", accept_failed=True)
            return True
        states = Counter(one.state for one in conductor.standing.clusters.values())
        half = states[ClusterState.UPGRADED] * 2 >= self._clusters
        if math.isnan(self._paused_at) and half and states[ClusterState.RUNNING] * 2 >= self._most:
            self._paused_at = self._clock.now
            self._book.want(row.id, Wanted.PAUSE, "to see how long it takes")
            return True
        return False

    def _let_time_go_by(self, decision: Decision, acted: bool) -> None:
        """Set the clock to the look at which there is something to see."""
        at = min(self._runs.next_end(), decision.wake or math.inf)
        if acted or math.isinf(at):
            at = self._clock.now
        looks = max(math.ceil((at - self._clock.now) / POLL_SECONDS), 1)
        self._clock.now += looks * POLL_SECONDS

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()
        self._book.close()


def measure(clusters: int) -> Measured:
    """Measure a campaign in a folder of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Campaigning(Path(folder), clusters)) as campaigning,
    ):
        return campaigning.measure()


def main() -> None:
    """Print how a campaign grows with the fleet."""
    found = {clusters: measure(clusters) for clusters in SIZES}
    head = (
        *(
            "clusters",
            "plan",
            "carry out",
            "together",
            "of it at work",
            "per cluster",
            "turns",
            "longest",
        ),
        *("simulated", "pause honoured", "upgraded", "failed"),
    )
    title = (
        f"A campaign without Prefect: canary and four stages, {len(ZONES)} time zones,"
        f" {FAILING:.0%} fail (goal: 10,000 within {GOAL} s; a pause within 60 simulated s)"
    )
    print_table(title, head, [_row(clusters, one) for clusters, one in found.items()])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  peak memory {peak:.0f} MiB")


def _row(clusters: int, one: Measured) -> tuple[str, ...]:
    total = one.planned + one.carried_out
    failed = one.states[ClusterState.FAILED] + one.states[ClusterState.ACCEPTED]
    return (
        f"{clusters:,}",
        f"{one.planned:.1f} s",
        f"{one.carried_out:.1f} s",
        f"{total:.1f} s",
        f"{one.processor:.1f} s",
        f"{one.processor / clusters * 1000:.1f} ms",
        f"{one.turns:,}",
        f"{one.longest_turn * 1000:.0f} ms",
        f"{one.simulated / 86400:.1f} days",
        f"{one.paused_after:.0f} s",
        f"{one.states[ClusterState.UPGRADED]:,}",
        f"{failed:,}",
    )


if __name__ == "__main__":
    main()

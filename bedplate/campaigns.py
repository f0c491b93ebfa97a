"""Plans campaigns on the fleet that a journal knows, and says what each cluster is brought to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bedplate.engine.estimate import estimate_operation
from bedplate.engine.journal import Journal
from bedplate.errors import BadInput, Owner
from bedplate.fleet.book import CampaignBook, CampaignRow
from bedplate.fleet.conductor import SpecChanged
from bedplate.fleet.freeze import freeze
from bedplate.fleet.loading import Loaded
from bedplate.fleet.members import members, upgraded
from bedplate.fleet.plan import FleetPlan, PlannedCluster
from bedplate.fleet.states import CampaignState, Wanted
from bedplate.operations import OPERATIONS
from bedplate.sites import Site
from bedplate.sites.choice import versions_of
from bedplate.spec import ClusterSpec, read_text

EVERY = 1_000_000  # runs: all that a journal has
UPGRADE = "upgrade"


@dataclass(frozen=True, slots=True)
class FleetSites:
    """What a plan asks of the sites of a fleet.

    `paces` holds for each known site how many real seconds one of its seconds takes; `open` returns
    a site by its name, and raises what finding it raises.
    """

    paces: Mapping[str, float]
    open: Callable[[str], Site]

    def digests(self) -> Callable[[str, ClusterSpec], str]:
        """Return what tells the digest of the bundle that a specification leads to at a site.

        Every site is opened once, and asked once for specifications of the same versions.
        """
        sites: dict[str, Site] = {}
        found: dict[tuple[str, ...], str] = {}

        def digest(name: str, spec: ClusterSpec) -> str:
            key = (name, spec.cluster.spec.eksa_version or "", *versions_of(spec))
            if key not in found:
                site = sites.get(name) or sites.setdefault(name, self.open(name))
                found[key] = site.bundle(spec).digest
            return found[key]

        return digest


def plan_campaign(
    loaded: Loaded,
    journal: Journal,
    book: CampaignBook,
    *,
    requested_by: str,
    now: float,
    site: str,
    sites: FleetSites,
) -> CampaignRow:
    """Freeze a campaign on the fleet as it is; nothing is recorded yet.

    `site` is the one whose journal has the fleet, and whose flows carry the campaign out.

    Raises what `freeze` raises, and what opening a site and finding its bundle raise.
    """
    mark = book.mark()
    fleet = tuple(members(journal.runs(limit=EVERY)))
    taken = {
        cluster.name: row.name
        for row in book.campaigns(active=True)
        for cluster in row.plan.clusters
        if row.name != loaded.campaign.name
    }
    plan = freeze(
        loaded,
        fleet,
        now=now,
        durations=_durations(journal, sites.paces),
        taken=taken,
        digest=sites.digests(),
    )
    return CampaignRow(
        id=f"{plan.name}-{uuid.uuid4().hex[:8]}",
        name=plan.name,
        plan=plan,
        mark=mark,
        state=CampaignState.PLANNED,
        wanted=Wanted.WAIT,
        why="",
        requested_by=requested_by,
        planned_at=now,
        site=site,
    )


def _durations(journal: Journal, paces: Mapping[str, float]) -> dict[str, float]:
    """Return by site what nine of ten upgrades took at most, where there were any."""
    operation = OPERATIONS.get(UPGRADE)
    if operation is None:
        return {}
    names = [step.name for step in operation.steps]
    found = {
        site: estimate_operation(operation, journal.durations(UPGRADE, site), names)
        for site in paces
    }
    return {
        site: estimate.p90 * paces[site] for site, estimate in found.items() if estimate is not None
    }


def wanted_spec(journal: Journal, plan: FleetPlan, cluster: PlannedCluster) -> str:
    """Return the specification that a cluster is brought to, as planned; raises SpecChanged."""
    run = journal.run(cluster.source)
    spec = None if run is None else read_text(run.spec_text, f"run {run.id}")
    wanted = None if spec is None else upgraded(spec, plan.campaign.spec.target)
    if wanted is not None and wanted.fingerprint() == cluster.wanted:
        return wanted.dump()
    raise SpecChanged(
        "FLEET_SPEC_CHANGED",
        f"run {cluster.source} of {cluster.name} no longer holds what the plan was made from",
        why="what would be applied is not what was approved",
        remedy="make a new plan for this cluster",
        owner=Owner.PLATFORM,
    )


def require_campaign(book: CampaignBook, name: str) -> CampaignRow:
    """Return the newest campaign of a name; raises BadInput FLEET_UNKNOWN."""
    found = book.find(name)
    if found is not None:
        return found
    raise BadInput(
        "FLEET_UNKNOWN",
        f"there is no campaign {name!r}",
        why="a campaign is known once it was planned",
        remedy="bedplate fleet plan -f FILE; bedplate fleet status --site NAME lists those of a"
        " site's journal",
        owner=Owner.PLATFORM,
    )

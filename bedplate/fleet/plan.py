"""The frozen plan of a campaign: which clusters, in which batches, from what to what.

What is approved is the hash of this. Anything that would change it (another cluster, a changed
specification, another freeze) needs a new plan, and so a new approval.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from bedplate.errors import Owner, Refused
from bedplate.fleet.campaign import Campaign, Gate, Stage, duration
from bedplate.fleet.ical import Busy
from bedplate.fleet.rules import kind_of
from bedplate.fleet.windows import Calendar

BEFORE, AFTER = "before", "after"


class Part(BaseModel):
    """A part of a plan: frozen, nothing unknown, plain JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedCluster(Part):
    """One cluster of a plan.

    `run` is the newest run that the journal had of it, so that later ones can be told; `source` the
    one whose specification is changed. `wanted` is the fingerprint of the specification that it is
    brought to, `bundle` the digest of the bundle with which, `seconds` the time that is reckoned
    with, in real seconds.
    """

    name: str
    site: str
    place: str = Field(description="the vCenter, or whatever else has a budget of its own")
    zone: str
    version: str
    run: str
    source: str
    wanted: str
    bundle: str
    seconds: float


class Skipped(Part):
    """A cluster that matches and is left alone, and why."""

    name: str
    why: str


class PlannedStage(Part):
    """One stage: its batches, each of clusters in the order in which they begin."""

    name: str
    batches: tuple[tuple[str, ...], ...]

    @cached_property
    def clusters(self) -> tuple[str, ...]:
        """Return every cluster of the stage."""
        return tuple(name for batch in self.batches for name in batch)


class FleetPlan(Part):
    """A campaign, frozen."""

    campaign: Campaign
    busy: tuple[Busy, ...]
    clusters: tuple[PlannedCluster, ...]
    stages: tuple[PlannedStage, ...]
    skipped: tuple[Skipped, ...]

    @property
    def name(self) -> str:
        """Return the campaign's name."""
        return self.campaign.name

    @cached_property
    def calendar(self) -> Calendar:
        """Return when work may be done."""
        return Calendar.of(self.campaign.spec, self.busy)

    def begins_until(self, cluster: PlannedCluster, at: float) -> float | None:
        """Return until when a run may begin that is asked for at a moment; None: at any time.

        This is the end of the window then open, less the margin: what still runs then is stopped.
        """
        opening = self.calendar.opening(cluster.zone, at)
        if opening is None or opening.end == math.inf:
            return None
        return opening.end - duration(self.campaign.spec.stop_before)

    def text(self) -> str:
        """Return the plan as canonical JSON: equal plans are equal texts."""
        content = self.model_dump(mode="json", by_alias=True)
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def hash(self) -> str:
        """Return the SHA-256 of the plan's canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.text().encode()).hexdigest()

    @classmethod
    def read(cls, text: str, expected: str) -> FleetPlan:
        """Return a plan that was kept; raises Refused FLEET_PLAN_CHANGED for another hash."""
        if hashlib.sha256(text.encode()).hexdigest() == expected:
            return cls.model_validate_json(text)
        raise Refused(
            "FLEET_PLAN_CHANGED",
            "the plan on record does not have the hash on record",
            why="what would be done is not what was approved",
            remedy="find out who changed the journal; then make a new plan",
            owner=Owner.PLATFORM,
        )

    @cached_property
    def by_name(self) -> dict[str, PlannedCluster]:
        """Return the clusters by name."""
        return {one.name: one for one in self.clusters}

    @cached_property
    def stage_of(self) -> dict[str, str]:
        """Return for each cluster the name of its stage."""
        return {name: stage.name for stage in self.stages for name in stage.clusters}

    def settings_of(self, stage: PlannedStage) -> Stage:
        """Return what the campaign says of a stage."""
        return next(one for one in self.campaign.spec.stages if one.name == stage.name)

    def gates(self, stage: PlannedStage, when: str) -> Iterator[tuple[str, Gate]]:
        """Yield the gates of a stage by their ids, such as `canary/before/approval`."""
        gates = self.settings_of(stage).gates
        for gate in gates.before if when == BEFORE else gates.after:
            yield f"{stage.name}/{when}/{gate.name or kind_of(gate)}", gate

    def all_gates(self) -> dict[str, Gate]:
        """Return every gate by its id, in the order in which they come."""
        both = ((stage, when) for stage in self.stages for when in (BEFORE, AFTER))
        return {name: gate for stage, when in both for name, gate in self.gates(stage, when)}

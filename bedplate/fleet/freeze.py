"""Freezes a campaign: what is written and the fleet as it is become a plan that cannot change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bedplate.errors import BadInput, Owner
from bedplate.fleet.campaign import CLUSTER_ZONE, CampaignSettings, Stage, counted, duration
from bedplate.fleet.loading import Loaded
from bedplate.fleet.members import Member, upgraded
from bedplate.fleet.plan import FleetPlan, PlannedCluster, PlannedStage, Skipped
from bedplate.fleet.rules import is_zone
from bedplate.spec import ClusterSpec
from bedplate.spec.rules.text import version

MARGIN = 300.0
"""Seconds of a window that a look which comes late may cost."""


def freeze(
    loaded: Loaded,
    fleet: Iterable[Member],
    *,
    now: float,
    durations: Mapping[str, float],
    taken: Mapping[str, str],
    digest: Callable[[str, ClusterSpec], str],
) -> FleetPlan:
    """Return the plan of a campaign.

    `durations` holds by site how long an upgrade takes (real seconds), where that is known;
    `taken` the clusters of other campaigns that have not ended, with their names; `digest` tells
    the digest of the bundle that a specification leads to at a site.

    Raises BadInput: FLEET_EMPTY, FLEET_CLUSTER_UNKNOWN, FLEET_NO_ZONE, FLEET_WINDOW_SHORT.
    """
    settings = loaded.campaign.spec
    labels = settings.selector.match_labels.items()
    matching = [one for one in fleet if labels <= one.labels.items()]
    _require_known(settings, matching)
    specs = {one.name: upgraded(one.spec, settings.target) for one in matching}
    wanted = {name: spec.fingerprint() for name, spec in specs.items()}
    skipped = {
        one.name: why
        for one in matching
        if (why := _left_alone(one, wanted[one.name], settings, taken))
    }
    going = [one for one in _in_order(matching, settings) if one.name not in skipped]
    stages = tuple(_stages(settings, [one.name for one in going]))
    staged = {name for stage in stages for name in stage.clusters}
    skipped |= {one.name: "no stage takes it" for one in going if one.name not in staged}
    plan = FleetPlan(
        campaign=loaded.campaign,
        busy=loaded.busy,
        clusters=tuple(
            _planned(one, wanted[one.name], digest(one.site, specs[one.name]), settings, durations)
            for one in going
            if one.name in staged
        ),
        stages=stages,
        skipped=tuple(Skipped(name=name, why=skipped[name]) for name in sorted(skipped)),
    )
    _require_room(plan, now)
    return plan


def _require_known(settings: CampaignSettings, matching: Sequence[Member]) -> None:
    if not matching:
        raise BadInput(
            "FLEET_EMPTY",
            "no finished cluster carries the labels of the campaign",
            why="the fleet is what the journal knows as created, with the labels of the Cluster",
            remedy="correct spec.selector, or look at `bedplate runs`",
            owner=Owner.SPEC_AUTHOR,
        )
    known = {one.name for one in matching}
    named = [name for stage in settings.stages for name in stage.clusters]
    unknown = [name for name in (*named, *settings.order) if name not in known]
    if unknown:
        raise BadInput(
            "FLEET_CLUSTER_UNKNOWN",
            f"the campaign names {', '.join(sorted(set(unknown)))}, which it does not select",
            why="a canary that is not there would let everything after it begin unseen",
            remedy="correct the names, or the labels of spec.selector",
            owner=Owner.SPEC_AUTHOR,
        )


def _left_alone(
    one: Member, wanted: str, settings: CampaignSettings, taken: Mapping[str, str]
) -> str:
    """Return why a cluster that matches is left alone; nothing where it takes part."""
    if one.busy:
        return one.busy
    if one.name in taken:
        return f"campaign {taken[one.name]} has it"
    target = settings.target
    if wanted == one.spec.fingerprint():
        return "it is there already"
    here, there = version(one.spec.kubernetes_version), version(target.kubernetes_version)
    if here is None or there is None or here[0] != there[0] or not 0 <= there[1] - here[1] <= 1:
        return f"from {one.spec.kubernetes_version} to {target.kubernetes_version} is not one step"
    return ""


def _in_order(matching: Sequence[Member], settings: CampaignSettings) -> list[Member]:
    """Return the clusters as they come: those that the campaign orders, then by name."""
    places = {name: place for place, name in enumerate(settings.order)}
    return sorted(matching, key=lambda one: (places.get(one.name, len(places)), one.name))


def _stages(settings: CampaignSettings, names: Sequence[str]) -> Iterator[PlannedStage]:
    """Yield the stages; what one names is kept for it whatever others select."""
    named = {name for stage in settings.stages for name in stage.clusters}
    left = [name for name in names if name not in named]
    for stage in settings.stages:
        if stage.clusters:
            chosen = [name for name in stage.clusters if name in names]
        else:
            number = counted(stage.select, len(names))
            chosen = left if number is None else left[:number]
            left = left[len(chosen) :]
        yield PlannedStage(name=stage.name, batches=tuple(_batches(stage, chosen)))


def _batches(stage: Stage, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    size = counted(stage.batch, len(names)) or len(names) or 1
    for begin in range(0, len(names), size):
        yield tuple(names[begin : begin + size])


def _planned(
    one: Member,
    wanted: str,
    bundle: str,
    settings: CampaignSettings,
    durations: Mapping[str, float],
) -> PlannedCluster:
    return PlannedCluster(
        name=one.name,
        site=one.site,
        place=one.place,
        zone=_zone(one, settings),
        version=one.spec.kubernetes_version,
        run=one.newest,
        source=one.source,
        wanted=wanted,
        bundle=bundle,
        seconds=durations.get(one.site, duration(settings.cluster_duration)),
    )


def _zone(one: Member, settings: CampaignSettings) -> str:
    """Return the zone of a cluster; raises BadInput where a window asks for one it lacks."""
    if is_zone(one.zone):
        return one.zone
    zones = [window.time_zone for window in settings.windows]
    if CLUSTER_ZONE not in zones and not one.zone:
        return next(iter(zones), "UTC")
    said = f"{one.zone!r} is not a time zone" if one.zone else "it names no time zone"
    raise BadInput(
        "FLEET_NO_ZONE",
        f"cluster {one.name}: {said}",
        why="a window of the campaign follows each cluster's own clock",
        remedy="annotate its Cluster with bedplate/time-zone: Area/City, or name a timeZone in"
        " the window",
        owner=Owner.SPEC_AUTHOR,
    )


def _require_room(plan: FleetPlan, now: float) -> None:
    """Raise BadInput where a cluster could never begin: no opening is as long as its upgrade."""
    margin = duration(plan.campaign.spec.stop_before) + MARGIN
    for zone in sorted({one.zone for one in plan.clusters}):
        longest = plan.calendar.longest(zone, now)
        for one in plan.clusters:
            if one.zone == zone and one.seconds + margin > longest:
                raise _short(one, longest, margin)


def _short(one: PlannedCluster, longest: float, margin: float) -> BadInput:
    return BadInput(
        "FLEET_WINDOW_SHORT",
        f"cluster {one.name} needs {one.seconds + margin:.0f} s, the longest opening of the next"
        f" four weeks has {longest:.0f} s",
        why="an upgrade begins only where it is expected to end inside its window",
        remedy="make the windows longer, or stopBefore or clusterDuration shorter",
        owner=Owner.SPEC_AUTHOR,
    )

"""What types cannot say of a campaign: each function yields what is wrong in one part."""

from __future__ import annotations

import re
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from datetime import date

from bedplate.fleet.campaign import (
    API_VERSION,
    CLUSTER_ZONE,
    Amount,
    Approval,
    Blackout,
    Campaign,
    Gate,
    Job,
    Stage,
    Window,
    counted,
)
from bedplate.spec.findings import Finding, Findings
from bedplate.spec.rules.text import label_findings, seconds, semver, version

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
DAY = 24 * 3600.0


def broken_rules(campaign: Campaign) -> Findings:
    """Yield everything wrong with a campaign that was read."""
    if campaign.api_version != API_VERSION:
        yield Finding("apiVersion", f"{campaign.api_version!r} has no such kind", API_VERSION)
    yield from _name("metadata.name", campaign.name)
    yield from _target(campaign)
    yield from label_findings(campaign.spec.selector.match_labels, "spec.selector.matchLabels")
    yield from _stages(campaign)
    yield from _windows(campaign)
    for number, blackout in enumerate(campaign.spec.blackouts):
        yield from _blackout(blackout, f"spec.blackouts[{number}]")
    if campaign.spec.per_vcenter is not None and campaign.spec.per_vcenter < 1:
        yield Finding("spec.perVCenter", "nothing could ever begin", "a number from 1")


def _name(field: str, name: str) -> Findings:
    if not NAME.fullmatch(name):
        said = f"{name!r} is not a name" if name else "is missing"
        yield Finding(field, said, "lower-case letters, digits and -, at most 63")


def _target(campaign: Campaign) -> Findings:
    target = campaign.spec.target
    if version(target.kubernetes_version) is None:
        said = f"{target.kubernetes_version!r}" if target.kubernetes_version else "is missing"
        yield Finding("spec.target.kubernetesVersion", said, "a version such as 1.35, in quotes")
    if target.eksa_version and semver(target.eksa_version) is None:
        yield Finding("spec.target.eksaVersion", f"{target.eksa_version!r}", "such as v0.25.0")


def _stages(campaign: Campaign) -> Findings:
    stages = campaign.spec.stages
    if not stages:
        yield Finding("spec.stages", "is missing", "at least one stage; canaries come first")
    for number, stage in enumerate(stages):
        yield from _stage(stage, f"spec.stages[{number}]")
    for name in _twice(stage.name for stage in stages):
        yield Finding("spec.stages", f"two stages are called {name!r}", "a name of its own")
    for name in _twice(name for stage in stages for name in stage.clusters):
        yield Finding("spec.stages", f"cluster {name!r} is written twice", "one stage for each")


def _stage(stage: Stage, field: str) -> Findings:
    yield from _name(f"{field}.name", stage.name)
    yield from _amount(f"{field}.batch", stage.batch)
    yield from _amount(f"{field}.select", stage.select)
    if stage.clusters and stage.select is not None:
        yield Finding(f"{field}.select", "stands beside clusters", "one of the two")
    if stage.max_concurrency < 1:
        yield Finding(f"{field}.maxConcurrency", "nothing could ever begin", "a number from 1")
    percent, failed = stage.success.percent, stage.success.max_failed
    if percent is not None and not 0 <= percent <= 100:
        yield Finding(f"{field}.success.percent", f"{percent}", "0 to 100")
    if failed is not None and failed < 0:
        yield Finding(f"{field}.success.maxFailed", f"{failed}", "0 or more")
    for place, gates in (("before", stage.gates.before), ("after", stage.gates.after)):
        for number, gate in enumerate(gates):
            yield from _gate(gate, f"{field}.gates.{place}[{number}]")
        for name in _twice(gate.name or kind_of(gate) for gate in gates):
            yield Finding(f"{field}.gates.{place}", f"two gates are called {name!r}", "a name each")


def kind_of(gate: Gate) -> str:
    """Return what a gate asks for in one word, its name where it has none."""
    if gate.approval is not None:
        return "approval"
    return "job" if gate.job is not None else "soak"


def _gate(gate: Gate, field: str) -> Findings:
    if gate.name:
        yield from _name(f"{field}.name", gate.name)
    said = [gate.approval is not None, bool(gate.soak), gate.job is not None]
    if sum(said) != 1:
        yield Finding(field, "a gate asks for one thing", "approval, soak or job")
    if gate.approval is not None:
        yield from _approval(gate.approval, f"{field}.approval")
    if gate.soak:
        yield from _duration(f"{field}.soak", gate.soak)
    if gate.job is not None:
        yield from _job(gate.job, f"{field}.job")


def _approval(approval: Approval, field: str) -> Findings:
    yield from _duration(f"{field}.valid", approval.valid)
    if approval.count < 1:
        yield Finding(f"{field}.count", f"{approval.count}", "a number from 1")
    if approval.approvers and len(set(approval.approvers)) < approval.count:
        yield Finding(f"{field}.approvers", "fewer people than must agree", f"{approval.count}")


def _job(job: Job, field: str) -> Findings:
    flow, slash, deployment = job.deployment.partition("/")
    if not (flow and slash and deployment):
        said = f"{job.deployment!r}" if job.deployment else "is missing"
        yield Finding(f"{field}.deployment", said, "a deployment of Prefect: flow/deployment")


def _windows(campaign: Campaign) -> Findings:
    spec = campaign.spec
    for name, text in (
        ("stopBefore", spec.stop_before),
        ("clusterDuration", spec.cluster_duration),
        ("clusterTimeout", spec.cluster_timeout),
    ):
        yield from _duration(f"spec.{name}", text, least=0.0 if name == "stopBefore" else 1.0)
    for number, window in enumerate(spec.windows):
        yield from _window(window, f"spec.windows[{number}]")


def _window(window: Window, field: str) -> Findings:
    if not CLOCK.fullmatch(window.start):
        yield Finding(f"{field}.start", f"{window.start!r}", "a time of the day such as 22:00")
    yield from _duration(f"{field}.duration", window.duration)
    if (seconds(window.duration) or 0.0) > DAY:
        yield Finding(f"{field}.duration", f"{window.duration!r}", "at most 24h")
    if window.time_zone != CLUSTER_ZONE and not is_zone(window.time_zone):
        hint = f"an IANA name such as Europe/Vienna, or {CLUSTER_ZONE}"
        yield Finding(f"{field}.timeZone", f"{window.time_zone!r} is not a time zone", hint)


def is_zone(name: str) -> bool:
    """Tell whether a time zone is known by this name."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)


def _blackout(blackout: Blackout, field: str) -> Findings:
    if blackout.calendar:
        if blackout.from_ or blackout.to:
            yield Finding(field, "a calendar stands beside dates", "one of the two")
        return
    days = [_date(blackout.from_), _date(blackout.to or blackout.from_)]
    for name, text, day in zip(("from", "to"), (blackout.from_, blackout.to), days, strict=True):
        if day is None:
            yield Finding(f"{field}.{name}", f"{text!r}", "a date such as 2026-12-20")
    first, last = days
    if first is not None and last is not None and last < first:
        yield Finding(f"{field}.to", f"{blackout.to} is before {blackout.from_}", "a later date")


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-12-20") else None
    except ValueError:
        return None


def _amount(field: str, amount: Amount) -> Findings:
    if amount is not None and counted(amount, 100) is None:
        yield Finding(field, f"{amount!r}", "a number from 1, or a percentage such as 10%")


def _duration(field: str, text: str, least: float = 1.0) -> Findings:
    found = seconds(text)
    if found is None or found < least:
        said = f"{text!r}" if text else "is missing"
        yield Finding(field, said, "a duration such as 90m or 1h30m")


def _twice(names: Iterator[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]

"""What `bedplate drift --output json` writes."""

from __future__ import annotations

from pydantic import Field

from bedplate.drift import Comparison
from deployments.cli.reports import Report


class DriftFinding(Report):
    """One difference between what was asked for and what there is."""

    sort: str = Field(description="stable; scripts may match on it")
    target: str = Field(description="what it is about")
    seen: str = Field(description="what was seen")
    why: str = Field(description="why it matters")
    remedy: str = Field(description="what to do or to type next")
    owner: str = Field(description="who can do it")


class UnseenReport(Report):
    """A part that could not be compared."""

    part: str
    code: str = Field(description="stable; scripts may match on it")
    seen: str
    remedy: str
    failed: bool = Field(description="true: the look failed; false: there was nothing to compare")


class ClusterDrift(Report):
    """One cluster."""

    cluster: str
    site: str
    basis: str = Field(description="the run whose specification it was compared with")
    drift: bool = Field(description="whether anything differs")
    findings: tuple[DriftFinding, ...]
    unseen: tuple[UnseenReport, ...]


class DriftReport(Report):
    """`bedplate drift`."""

    drift: bool = Field(description="whether anything differs, in any cluster")
    clusters: tuple[ClusterDrift, ...] = Field(description="by name")


DRIFT_DOCUMENTS: dict[str, type[Report]] = {"drift": DriftReport}


def drift_report(found: tuple[Comparison, ...]) -> DriftReport:
    """Return comparisons as a document."""
    clusters = tuple(map(_cluster, found))
    return DriftReport(drift=any(one.drift for one in clusters), clusters=clusters)


def _cluster(found: Comparison) -> ClusterDrift:
    return ClusterDrift(
        cluster=found.cluster,
        site=found.site,
        basis=found.basis,
        drift=bool(found.drifts),
        findings=tuple(
            DriftFinding(
                sort=one.sort.value,
                target=one.target,
                seen=one.seen,
                why=one.why,
                remedy=one.remedy,
                owner=one.owner.value,
            )
            for one in found.drifts
        ),
        unseen=tuple(
            UnseenReport(
                part=one.part,
                code=one.code,
                seen=one.seen,
                remedy=one.remedy,
                failed=one.failed,
            )
            for one in found.unseen
        ),
    )

"""What `bedplate certificates --output json` writes."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from bedplate.certificates import Certificates, Expiry
from deployments.cli.drift_reports import UnseenReport
from deployments.cli.reports import Report


class CertificateReport(Report):
    """One certificate."""

    place: str = Field(description="where it was seen: a Secret, the vault, an address")
    subject: str
    issuer: str
    not_after: float = Field(description="Unix seconds")
    days_left: int = Field(description="whole days; negative after its end")
    ending: bool = Field(description="whether it ends within the days asked for")
    renewal: str = Field(description="how it is renewed")


class ClusterCertificates(Report):
    """One cluster's."""

    cluster: str
    site: str
    certificates: tuple[CertificateReport, ...] = Field(description="those that end first before")
    unseen: tuple[UnseenReport, ...]


class CertificatesReport(Report):
    """`bedplate certificates`."""

    days: int = Field(description="a certificate that ends within so many days is told")
    ending: bool = Field(description="whether any does")
    clusters: tuple[ClusterCertificates, ...]


CERTIFICATE_DOCUMENTS: dict[str, type[Report]] = {"certificates": CertificatesReport}


def certificates_report(found: Sequence[Certificates], days: int) -> CertificatesReport:
    """Return what was found as a document."""
    clusters = tuple(_cluster(one, days) for one in found)
    ending = any(one.ending(days) for one in found)
    return CertificatesReport(days=days, ending=ending, clusters=clusters)


def _cluster(found: Certificates, days: int) -> ClusterCertificates:
    return ClusterCertificates(
        cluster=found.cluster,
        site=found.site,
        certificates=tuple(_certificate(one, found.now, days) for one in found.found),
        unseen=tuple(
            UnseenReport(
                part=one.part, code=one.code, seen=one.seen, remedy=one.remedy, failed=one.failed
            )
            for one in found.unseen
        ),
    )


def _certificate(one: Expiry, now: float, days: int) -> CertificateReport:
    left = one.days_left(now)
    return CertificateReport(
        place=one.place,
        subject=one.subject,
        issuer=one.issuer,
        not_after=one.not_after,
        days_left=left,
        ending=left < days,
        renewal=one.renewal,
    )

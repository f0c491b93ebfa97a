"""What `bedplate preflight --output json` writes."""

from __future__ import annotations

from pydantic import Field

from deployments.cli.reports import Report


class FindingReport(Report):
    """Why a check failed, or what it warns of."""

    severity: str = Field(description="block or warn")
    target: str = Field(description="on what")
    seen: str = Field(description="what was seen")
    remedy: str = Field(description="what to do or to type")
    owner: str = Field(description="who can do it")
    rows: tuple[tuple[str, ...], ...] = Field(
        description="a table that belongs to it, such as object and missing privilege"
    )


class CheckReport(Report):
    """One check; those of a machine configuration are made once for each."""

    name: str = Field(description="what it is skipped by")
    line: str = Field(description="what people read when it passes; empty: a ground of others")
    state: str = Field(description="passed, warned, failed, skipped or not-looked-at")
    needs: str | None = Field(description="the failed check without which it was not looked at")
    findings: tuple[FindingReport, ...]


class PreflightReport(Report):
    """`bedplate preflight`."""

    cluster: str
    site: str
    ready: bool = Field(description="no check failed; warnings do not count")
    checks: tuple[CheckReport, ...] = Field(description="in the order in which they were made")


PREFLIGHT_DOCUMENTS: dict[str, type[Report]] = {"preflight": PreflightReport}

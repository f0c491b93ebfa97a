"""What `bedplate doctor` and `bedplate setup` write with `--output json`."""

from __future__ import annotations

from pydantic import Field

from deployments.cli.reports import ErrorReport, Report


class FoundReport(Report):
    """What a check found."""

    severity: str = Field(description="block or warn")
    error: ErrorReport


class ExaminedReport(Report):
    """One check of the installation."""

    name: str
    line: str = Field(description="what people read when it passes")
    state: str = Field(description="passed, warned, failed or not-looked-at")
    needs: str | None = Field(description="the failed check without which it was not looked at")
    found: tuple[FoundReport, ...]


class DoctorReport(Report):
    """`bedplate doctor`."""

    version: str = Field(description="of the Bedplate that looked")
    api: str = Field(description="the Prefect server's address, empty where none is named")
    healthy: bool = Field(description="no check failed; warnings do not count")
    checks: tuple[ExaminedReport, ...] = Field(description="in the order in which they were made")


class SetupReport(Report):
    """`bedplate setup`."""

    version: str
    pools: tuple[str, ...] = Field(description="the work pools that are there now")
    made: tuple[str, ...] = Field(description="those that were not there before")
    sites: tuple[str, ...] = Field(description="the sites that are blocks now")
    deployments: tuple[str, ...] = Field(description="as flow/deployment")


DOCTOR_DOCUMENTS: dict[str, type[Report]] = {"doctor": DoctorReport, "setup": SetupReport}

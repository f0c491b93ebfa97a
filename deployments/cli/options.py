"""The options that several verbs share, named and explained once."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from deployments.log_settings import LogFormat, LogLevel


class Output(enum.StrEnum):
    """What goes to standard output."""

    TEXT = "text"
    JSON = "json"


SpecFile: TypeAlias = Annotated[
    Path, typer.Option("--file", "-f", metavar="FILE", help="The EKS Anywhere specification.")
]
ManagementKubeconfig: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--kubeconfig",
        metavar="FILE",
        help="That of a management cluster made elsewhere; kept in the site's vault.",
    ),
]
NewSpecFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--file", "-f", metavar="FILE", help="Go on with this specification instead of the run's."
    ),
]
OldSpecFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--file", "-f", metavar="FILE", help="Its specification, instead of its name."),
]
ClusterName: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="A cluster that a journal knows.")
]
ClusterSite: TypeAlias = Annotated[
    str | None,
    typer.Option("--site", metavar="NAME", help="Where it is, if not at its newest run's site."),
]
SiteName: TypeAlias = Annotated[
    str, typer.Option("--site", metavar="NAME", help="Where to work; see `bedplate sites`.")
]
FirstStep: TypeAlias = Annotated[
    str | None,
    typer.Option("--from-step", metavar="STEP", help="Begin here; all before must be settled."),
]
LastStep: TypeAlias = Annotated[
    str | None, typer.Option("--until-step", metavar="STEP", help="Stop once this step is settled.")
]
OutputOption: TypeAlias = Annotated[
    Output, typer.Option("--output", "-o", help="What goes to standard output.")
]
LogFormatOption: TypeAlias = Annotated[
    LogFormat | None,
    typer.Option("--log-format", help="Also log to standard error, in this format."),
]
LogLevelOption: TypeAlias = Annotated[
    LogLevel, typer.Option("--log-level", help="The least that is logged.")
]
Faults: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="PORT.METHOD[:MATCH]=ERROR[xN]",
        help="Try a failure (simulated sites, new runs): kube.cluster.create=500x2; see `faults`.",
    ),
]
SkippedChecks: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--skip-validations",
        metavar="NAME[,NAME]",
        help="Do not make these preflight checks; `bedplate preflight` names them.",
    ),
]
Pace: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--pace",
        metavar="SECONDS",
        min=0.0,
        help="Real seconds that one simulated second takes (simulated sites).",
    ),
]
RunOrCluster: TypeAlias = Annotated[
    str | None,
    typer.Argument(metavar="[RUN|CLUSTER]", help="A run's id, its beginning, or a cluster."),
]


def names_in(options: list[str] | None) -> frozenset[str]:
    """Return the names in options that may be repeated, or hold several with commas between."""
    parts = (part.strip() for option in options or () for part in option.split(","))
    return frozenset(part for part in parts if part)

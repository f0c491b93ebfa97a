"""Which run a person means: by its id, the beginning of it, the cluster's name, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bedplate.engine.journal import UNFINISHED, Journal, Run
from bedplate.errors import BadInput, Owner
from deployments.home import Home

MANY = 1000  # runs; more than anybody resumes by hand


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run and the journal it is recorded in."""

    run: Run
    journal: Journal


def journals(home: Home) -> Iterator[Journal]:
    """Yield every journal that exists."""
    for url in home.journal_urls():
        journal = home.open_existing(url)
        if journal is not None:
            yield journal


def any_run(home: Home, named: str) -> FoundRun:
    """Return the run of an id, or the newest run of a cluster; raises BadInput RUN_UNKNOWN."""
    found = list(_named(home, named))
    if not found:
        raise BadInput(
            "RUN_UNKNOWN",
            f"there is no run {named!r} and no run of a cluster of that name",
            why="a run is named by its id, by the beginning of it, or by its cluster",
            remedy="bedplate runs",
            owner=Owner.PLATFORM,
        )
    return max(found, key=lambda one: one.run.started_at)


def newest_run(home: Home, cluster: str, site: str | None) -> FoundRun | None:
    """Return the newest run of a cluster, at one site or any."""
    found = [
        FoundRun(run, journal)
        for journal in journals(home)
        for run in journal.runs(cluster=cluster, limit=MANY)
        if site in (None, run.site)
    ]
    return max(found, key=lambda one: one.run.started_at, default=None)


def known_run(home: Home, cluster: str, site: str | None) -> FoundRun:
    """Return the newest run of a cluster; raises BadInput CLUSTER_UNKNOWN."""
    found = newest_run(home, cluster, site)
    if found is None:
        raise BadInput(
            "CLUSTER_UNKNOWN",
            f"no journal has a run of a cluster {cluster!r}"
            + (f" at site {site!r}" if site else ""),
            why="its specification is not known here",
            remedy="bedplate runs lists what was made",
            owner=Owner.PLATFORM,
        )
    return found


def unfinished_run(home: Home, named: str | None) -> FoundRun:
    """Return the run that can go on; raises BadInput where there is none, or more than one."""
    if named is not None:
        open_ones = [one for one in _named(home, named) if one.run.state in UNFINISHED]
        return open_ones[0] if open_ones else _require_unfinished(any_run(home, named))
    found = [
        FoundRun(run, journal)
        for journal in journals(home)
        for run in journal.runs(limit=MANY)
        if run.state in UNFINISHED
    ]
    if len(found) != 1:
        raise _none() if not found else _several([one.run for one in found])
    return found[0]


def _named(home: Home, named: str) -> Iterator[FoundRun]:
    """Yield the run of an id; else the runs of a cluster, in each journal the newest first."""
    for journal in journals(home):
        run = journal.run(named)
        runs = (run,) if run is not None else journal.runs(cluster=named, limit=MANY)
        for one in runs:
            yield FoundRun(one, journal)


def _require_unfinished(found: FoundRun) -> FoundRun:
    run = found.run
    if run.state in UNFINISHED:
        return found
    raise BadInput(
        "RUN_ENDED",
        f"run {run.id} ({run.operation} {run.cluster}) is {run.state}",
        why="only a run that is open or failed can go on or be taken back",
        remedy=f"bedplate show {run.id}",
        owner=Owner.PLATFORM,
    )


def _none() -> BadInput:
    return BadInput(
        "NOTHING_OPEN",
        "no run is open or failed",
        why="there is nothing to go on with",
        remedy="bedplate create cluster -f FILE begins one",
        owner=Owner.PLATFORM,
    )


def _several(runs: Sequence[Run]) -> BadInput:
    listed = "\n".join(f"{run.id}  {run.operation} {run.cluster} ({run.state})" for run in runs)
    return BadInput(
        "RUN_AMBIGUOUS",
        f"{len(runs)} runs are open or failed:\n{listed}",
        why="one of them has to be meant",
        remedy=f"name one, such as {runs[0].id}",
        owner=Owner.PLATFORM,
    )

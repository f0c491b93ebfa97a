"""The parts of a bundle that are not an API server's: journal, plan, drift, vCenter, logs."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from bedplate.engine.journal import Run
from bedplate.errors import Owner, PermanentError
from bedplate.inspection import drift_of, inspect_cluster
from bedplate.operations import operation_named
from bedplate.ports.components import Component
from bedplate.preview import Preview
from bedplate.providers import provider_of
from bedplate.request import Request
from bedplate.support.source import Source

MOST_RUNS = 20  # of a cluster: what happened before that explains nothing today
LARGEST_LOG = 5_000_000  # bytes of the end of a log file


@dataclass(frozen=True, slots=True)
class File:
    """One file of a bundle, before its secrets are taken out."""

    name: str
    text: str


def as_json(value: object) -> str:
    """Return a value as people and programs read it."""
    return json.dumps(value, indent=2, sort_keys=True, default=_plain) + "\n"


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def about(source: Source) -> Iterator[File]:
    """Where and of what this is."""
    run = source.newest
    yield File(
        "about.json",
        as_json(
            {
                "cluster": source.cluster,
                "site": source.site.name,
                "newest run": run.id,
                "python": platform.python_version(),
                "system": platform.platform(),
            }
        ),
    )


def specification(source: Source) -> Iterator[File]:
    """The specification of the newest run, as its author wrote it."""
    yield File("spec.yaml", source.newest.spec_text)


def journal(source: Source) -> Iterator[File]:
    """Every run: what it was asked for, its steps, its attempts, its lines."""
    for run in source.runs[:MOST_RUNS]:
        yield from _run(source, run)


def _run(source: Source, run: Run) -> Iterator[File]:
    folder, kept = f"journal/{run.operation}-{run.id}", source.journal
    yield File(f"{folder}/run.json", as_json(asdict(run)))
    steps = {name: asdict(record) for name, record in kept.steps(run.id).items()}
    yield File(f"{folder}/steps.json", as_json(steps))
    yield File(f"{folder}/attempts.json", as_json([asdict(one) for one in kept.attempts(run.id)]))
    lines = (json.dumps(asdict(line), default=_plain) for line in kept.lines(run.id))
    yield File(f"{folder}/lines.jsonl", "".join(f"{line}\n" for line in lines))


def plan(source: Source) -> Iterator[File]:
    """What the newest run's operation would do now."""
    run = source.newest
    request = Request(operation_named(run.operation), run.spec_text, source.spec)
    found = Preview(request, source.site, source.journal).plan()
    rows = [
        {"step": one.step.label, "action": one.action.value, "why": one.why}
        for one in found.decisions
    ]
    yield File("plan.json", as_json(rows))


def drift(source: Source) -> Iterator[File]:
    """What differs from what was asked for."""
    found = drift_of(inspect_cluster(source.site, source.journal, source.cluster))
    yield File("drift.json", as_json(asdict(found)))


def vcenter(source: Source) -> Iterator[File]:
    """The version of vCenter, the machines that bear the cluster's name, and recent tasks."""
    if provider_of(source.spec).component is not Component.VSPHERE:
        return
    port = source.ports.vcenter
    yield File("vcenter/about.json", as_json(asdict(port.about())))
    machines = port.virtual_machines(f"{source.cluster}-")
    yield File("vcenter/machines.json", as_json([asdict(one) for one in machines]))
    yield File("vcenter/tasks.json", as_json([asdict(one) for one in port.tasks()]))


def own_logs(source: Source) -> Iterator[File]:
    """Bedplate's own logs of the cluster; raises PermanentError LOG_UNREADABLE."""
    for name, path in source.extra.items():
        try:
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - LARGEST_LOG))
                text = file.read().decode(errors="replace")
        except OSError as error:
            raise PermanentError(
                "LOG_UNREADABLE",
                f"{path}: {error.strerror}",
                why="it is to go into the bundle",
                remedy="send it by itself, if there is one",
                owner=Owner.PLATFORM,
            ) from error
        yield File(f"logs/{name}", text)

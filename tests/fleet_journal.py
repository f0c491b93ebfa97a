"""A journal in which clusters were created, without making them."""

from __future__ import annotations

from pathlib import Path

from bedplate.engine.journal import Journal, Run, Runner, RunState, Writer

EXAMPLE = Path(__file__).parents[1] / "examples" / "vsphere-standalone.yaml"
ELSEWHERE = Runner("else/7/1", "else", 7, "1")


def spec_of(name: str, *, labels: str = "fleet: retail", zone: str = "") -> str:
    """The example under another name, labelled, and with a time zone where one is given."""
    text = EXAMPLE.read_text()
    own = next(line.split()[-1] for line in text.splitlines() if line.startswith("  name: "))
    text = text.replace(own, name)
    annotations = f"\n  annotations:\n    bedplate/time-zone: {zone}" if zone else ""
    extra = f"  name: {name}\n  labels:\n    {labels}{annotations}"
    return text.replace(f"  name: {name}", extra, 1)


def record(
    journal: Journal,
    cluster: str,
    text: str,
    *,
    operation: str = "create",
    state: RunState = RunState.COMPLETED,
    requested_by: str = "ann",
    site: str = "simulated",
) -> str:
    """Record a run of a cluster as it would be at its end; returns its id."""
    run_id = f"{operation}-{cluster}-{requested_by}".replace(" ", "-")
    lease = journal.acquire(cluster, run_id, operation, ELSEWHERE)
    journal.start_run(
        Run(
            id=run_id,
            operation=operation,
            cluster=cluster,
            site=site,
            spec_text=text,
            fingerprint="f",
            bundle="",
            state=RunState.OPEN,
            started_at=1.0,
            ended_at=None,
            requested_by=requested_by,
        )
    )
    journal.end_run(Writer(cluster, run_id, lease.token), state)
    journal.release(lease)
    return run_id

"""A deployment that stands for the upgrade of a cluster: it takes a moment and notes what it did.

`python -m tests.flows.small_upgrade FOLDER` serves it beside the campaign's own flow; with the word
`small` after it, alone and under that name.
"""

import os
import sys
import threading
import time
from pathlib import Path

from prefect import flow, runtime, serve
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from bedplate.spec import read_text
from deployments.catalog import entries

FOLDER = "BEDPLATE_SMALL_UPGRADE"
SECONDS, SLOWEST_SECONDS = 3.0, 600.0
REAL = "real"  # a file of this name: the real upgrade is served instead


@flow(name="upgrade-cluster", persist_result=False)
def upgrade(spec: str, site: str, requested_by: str, bundle: str, not_after: str = "") -> None:
    read = read_text(spec)
    note(f"begin {read.name} {runtime.flow_run.id}")
    if (Path(os.environ[FOLDER]) / f"bad-{read.name}").exists():
        raise RuntimeError(f"control-plane: UPGRADE_BAD: {read.name} cannot be upgraded")
    _take_a_moment(Path(os.environ[FOLDER]) / f"slow-{read.name}")
    note(f"done {read.name} {read.kubernetes_version} {requested_by.split(' (')[0]}")


def _take_a_moment(slow: Path) -> None:
    """What the kills and pauses happen beside: some seconds, or until a file has gone."""
    waiting, end = threading.Event(), time.monotonic() + SLOWEST_SECONDS
    waiting.wait(SECONDS)
    while slow.exists() and time.monotonic() < end:
        waiting.wait(0.2)


@flow(name="health", persist_result=False)
def health() -> None:
    note("health checked")


def note(line: str) -> None:
    with (Path(os.environ[FOLDER]) / "notes").open("a") as file:
        file.write(f"{line}\n")


def main(folder: str, name: str = "upgrade") -> None:
    os.environ[FOLDER] = folder
    kind = EntrypointType.MODULE_PATH
    if name != "upgrade":
        alone = upgrade.to_deployment(name, entrypoint_type=kind)
        assert isinstance(alone, RunnerDeployment)
        serve(alone, query_seconds=1, pause_on_shutdown=False, print_starting_message=False)
        return
    listed = {entry.name: entry.made(()) for entry in entries()}
    small = upgrade.to_deployment("upgrade", entrypoint_type=kind)
    checks = health.to_deployment("smoke", entrypoint_type=kind)
    if (Path(folder) / REAL).exists():
        (small,) = listed["upgrade"]
    assert isinstance(small, RunnerDeployment)
    assert isinstance(checks, RunnerDeployment)
    serve(
        *listed["fleet-upgrade"],
        small,
        checks,
        query_seconds=1,
        pause_on_shutdown=False,
        print_starting_message=False,
    )


if __name__ == "__main__":
    from tests.flows import small_upgrade  # under its own name, for the entrypoints

    small_upgrade.main(*sys.argv[1:])

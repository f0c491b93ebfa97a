"""The deployments that `prefect.yaml` lists, as a local server takes them."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from prefect import Flow, schedules
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Schedule
from prefect.types.entrypoint import EntrypointType
from pydantic import BaseModel, TypeAdapter

FILE = Path(__file__).with_name("prefect.yaml")


class Every(BaseModel, frozen=True, extra="forbid"):
    """A schedule: a run each `interval` seconds."""

    interval: float


class Cron(BaseModel, frozen=True, extra="forbid"):
    """A schedule as cron has it, in a time zone."""

    cron: str
    timezone: str = "UTC"
    active: bool = True


class Entry(BaseModel, frozen=True, extra="forbid"):
    """One deployment of the list; the work pool is for workers."""

    name: str
    entrypoint: str
    description: str
    work_pool: dict[str, Any]
    tags: Sequence[str] = ()
    parameters: dict[str, Any] = {}
    schedules: Sequence[Every | Cron] = ()

    def flow(self) -> Flow[..., Any]:
        """Return the flow that the entrypoint names."""
        module, _, name = self.entrypoint.partition(":")
        found = getattr(importlib.import_module(module), name)
        if not isinstance(found, Flow):
            raise TypeError(f"{self.entrypoint} is no flow")
        return found

    def served(self) -> RunnerDeployment:
        """Return the deployment without a work pool: a child of the serving process runs it."""
        made = self.flow().to_deployment(
            name=self.name,
            description=self.description,
            tags=list(self.tags),
            parameters=self.parameters,
            schedules=[_schedule(one) for one in self.schedules],
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        if not isinstance(made, RunnerDeployment):
            raise TypeError("deployments are made outside of an event loop")
        return made


def _schedule(one: Every | Cron) -> Schedule:
    if isinstance(one, Every):
        return schedules.Interval(one.interval)
    return schedules.Cron(one.cron, timezone=one.timezone, active=one.active)


def entries(file: Path = FILE) -> Sequence[Entry]:
    """Return the list, checked; a word that is not known here is an error."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return TypeAdapter(list[Entry]).validate_python(content["deployments"])

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

from deployments.versions import bedplate_version

SITE = "site"  # the parameter that names one
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

    @property
    def is_of_a_site(self) -> bool:
        """Whether its runs are carried out at a site; else they serve the whole server."""
        return SITE in self.flow().parameters.properties

    def pooled(self, name: str, pool: str, sites: Sequence[str]) -> RunnerDeployment:
        """Return the deployment for the workers of a pool, scheduled for each of its sites."""
        given = [{SITE: site} for site in sites] if self.is_of_a_site else [{}]
        times = [_schedule(one, parameters) for one in self.schedules for parameters in given]
        made = self._made(name, times, pool)
        made.job_variables = dict(self.work_pool.get("job_variables", {}))
        return made

    def served(self) -> RunnerDeployment:
        """Return the deployment without a work pool: a child of the serving process runs it."""
        times = [_schedule(one, {}) for one in self.schedules]
        return self._made(self.name, times)

    def _made(
        self, name: str, times: Sequence[Schedule], pool: str | None = None
    ) -> RunnerDeployment:
        made = self.flow().to_deployment(
            name=name,
            description=self.description,
            tags=list(self.tags),
            parameters=self.parameters,
            schedules=list(times),
            entrypoint_type=EntrypointType.MODULE_PATH,
            version=bedplate_version(),
            work_pool_name=pool,
        )
        if not isinstance(made, RunnerDeployment):
            raise TypeError("deployments are made outside of an event loop")
        return made


def _schedule(one: Every | Cron, parameters: dict[str, str]) -> Schedule:
    if isinstance(one, Every):
        return schedules.Interval(one.interval, parameters=parameters)
    return schedules.Cron(one.cron, timezone=one.timezone, active=one.active, parameters=parameters)


def entries(file: Path = FILE) -> Sequence[Entry]:
    """Return the list, checked; a word that is not known here is an error."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return TypeAdapter(list[Entry]).validate_python(content["deployments"])

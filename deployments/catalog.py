"""The deployments that `prefect.yaml` lists, as a local server takes them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from prefect import Flow, schedules
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Schedule
from prefect.types.entrypoint import EntrypointType
from pydantic import BaseModel, TypeAdapter

from deployments.versions import bedplate_version
from flows.pools import deployment_name

SITE = "site"  # the parameter that names one
AT = "@"  # between a deployment's name and that of its only site
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

    def names(self, sites: Sequence[str], pool: str = "") -> Mapping[str, str]:
        """Return the deployments for a pool by name, and the site that each is for, if for one.

        A single site is what every run is for unless it names another. Where there are more, each
        has a deployment of its own for what is scheduled: parameters of a schedule would be lost,
        because Prefect's server empties them whenever somebody switches it.
        """
        if not self.is_of_a_site:
            return {self.name: ""}
        name = deployment_name(self.name, pool)
        if len(sites) == 1:
            return {name: sites[0]}
        own = sites if self.schedules else ()
        return {name: "", **{f"{name}{AT}{site}": site for site in own}}

    def made(self, sites: Sequence[str], pool: str = "") -> list[RunnerDeployment]:
        """Return the deployments for a pool's workers; without one, for whoever serves them."""
        return [self._made(name, pool, site) for name, site in self.names(sites, pool).items()]

    def _made(self, name: str, pool: str, site: str) -> RunnerDeployment:
        own = {SITE: site} if site else {}
        times = self.schedules if site or not self.is_of_a_site else ()
        made = self.flow().to_deployment(
            name=name,
            description=self.description,
            tags=list(self.tags),
            parameters=self.parameters | own,
            schedules=[_schedule(one) for one in times],
            entrypoint_type=EntrypointType.MODULE_PATH,
            version=bedplate_version(),
            work_pool_name=pool or None,
        )
        if not isinstance(made, RunnerDeployment):
            raise TypeError("deployments are made outside of an event loop")
        if pool:
            made.job_variables = dict(self.work_pool.get("job_variables", {}))
        return made


def _schedule(one: Every | Cron) -> Schedule:
    if isinstance(one, Every):
        return schedules.Interval(one.interval)
    return schedules.Cron(one.cron, timezone=one.timezone, active=one.active)


def entries(file: Path = FILE) -> Sequence[Entry]:
    """Return the list, checked; a word that is not known here is an error."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return TypeAdapter(list[Entry]).validate_python(content["deployments"])

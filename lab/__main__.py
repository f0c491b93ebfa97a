"""The lab from a terminal: build, up, status, env, down."""

from __future__ import annotations

import logging
import shutil
import sys

import structlog
import typer

from bedplate.adapters.clock import SystemClock
from bedplate.errors import BedplateError
from lab import versions
from lab.check import Check
from lab.day_two import DayTwo
from lab.go_programs import wanted
from lab.matrix import Matrix
from lab.places import places
from lab.restoring import Restoring
from lab.rolling import Rolling
from lab.several import Several
from lab.trouble import Trouble
from lab.up import Lab

application = typer.Typer(
    help="Real parts on one machine: see lab/README.md.",
    no_args_is_help=True,
    add_completion=False,
)
# What is of interest here is what the commands under test say, not how often a probe was refused.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
_CLOCK = SystemClock()
_BEGAN = _CLOCK.now()


def _say(text: str) -> None:
    typer.echo(f"lab: {_CLOCK.now() - _BEGAN:5.0f} s  {text}", err=True)


@application.command()
def build() -> None:
    """Build what needs no running engine: programs and Debian roots. Goes on where it stopped."""
    Lab(places(), _say).building.parts()
    _say("built")


@application.command()
def up() -> None:
    """Bring the lab up, and build what is missing."""
    lab = Lab(places(), _say)
    lab.up()
    _say("the lab is up")
    typer.echo(f". {lab.variables}")
    typer.echo("./run bedplate create cluster -f $LAB/w01.yaml --site lab")


@application.command()
def down(
    purge: bool = typer.Option(False, help="Remove the cache of what was built, too."),
) -> None:
    """End everything that runs and remove its state."""
    lab = Lab(places(), _say)
    lab.reset()
    if purge:
        shutil.rmtree(lab.places.cache, ignore_errors=True)
    _say("nothing of the lab is left" + ("" if purge else " but its cache"))


@application.command()
def check(
    control_planes: int = typer.Option(1, min=1, help="Control plane machines; odd."),
    workers: int = typer.Option(1, min=1, help="Worker machines."),
) -> None:
    """Bring the lab up, create a cluster, look into it, delete it; end with nothing left."""
    lab = Lab(places(), _say)
    lab.up()
    Check(lab, _say, control_planes, workers).run()


@application.command()
def matrix() -> None:
    """Create and delete a cluster with a command that is killed at every point of a set."""
    lab = Lab(places(), _say)
    lab.up()
    Matrix(lab, _say).run()


@application.command()
def trouble() -> None:
    """Create and delete a cluster while parts are stopped, removed and logged out."""
    lab = Lab(places(), _say)
    lab.up()
    Trouble(lab, _say).run()


@application.command()
def day_two() -> None:
    """Make workload clusters, scale one, upgrade another, delete all; needs two versions built."""
    lab = Lab(places(), _say, versions.KUBERNETES[:2])
    lab.up()
    DayTwo(lab, _say).run()


@application.command()
def rolling() -> None:
    """Upgrade a cluster of three control planes in place while it is made difficult."""
    lab = Lab(places(), _say, versions.KUBERNETES[:2])
    lab.up()
    Rolling(lab, _say).run()


@application.command()
def restore() -> None:
    """Create a cluster, back it up, destroy its etcd, restore it, delete it."""
    lab = Lab(places(), _say)
    lab.up()
    Restoring(lab, _say).run()


@application.command()
def several() -> None:
    """Build Bedplate's image, start compose.yaml with it, and kill parts; no vCenter runs."""
    Several(Lab(places(), _say), _say).run()


@application.command()
def status() -> None:
    """Say what is built and what runs."""
    lab = Lab(places(), _say)
    missing = lab.programs.missing(wanted(lab.releases))
    typer.echo(f"programs   {'all built' if not missing else 'missing: ' + ', '.join(missing)}")
    services = (lab.engine.service, *lab.services(), lab.vcenter.service())
    for service in services:
        state = f"runs as {service.pid}" if service.pid is not None else "does not run"
        typer.echo(f"{service.name:10} {state}, {service.address}")
    if lab.engine.answers():
        names = lab.engine.docker("ps", "--all", "--format", "{{.Names}}: {{.Status}}")
        typer.echo(names.strip() or "no containers")


def main() -> int:
    """Run a command; errors are told without a traceback."""
    try:
        application(standalone_mode=False)
    except BedplateError as error:
        for name, text in error.as_dict().items():
            typer.echo(f"{name}: {text}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

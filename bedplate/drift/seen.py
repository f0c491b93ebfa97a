"""Both sides of a comparison, as plain data: what was asked for, and what there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bedplate.engine.journal import Run
from bedplate.ports.kube import Manifest, Ref
from bedplate.ports.vcenter import VirtualMachine
from bedplate.spec import ClusterSpec


@dataclass(frozen=True, slots=True)
class Managed:
    """What the API server that manages the machines holds.

    `asked` are the specification's objects as they would be applied, under the names of the
    templates in use; `documents` EKS Anywhere's own; `live` has those of both that exist. `owned`
    is everything of Cluster API that belongs to the cluster, `controllers` are the Deployments that
    act on it. `same_bundle` says whether `asked` comes from the bundle that the cluster was made
    with: with another one only names can be compared.
    """

    asked: tuple[Manifest, ...]
    documents: tuple[Manifest, ...]
    live: Mapping[Ref, Manifest]
    owned: tuple[Manifest, ...]
    controllers: tuple[Manifest, ...] = ()
    same_bundle: bool = True


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """What vCenter holds: every virtual machine, and the templates that the specification names.

    `templates` says of each whether it is there.
    """

    machines: tuple[VirtualMachine, ...]
    templates: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """One cluster at one moment. A part that could not be looked at is None.

    `spec` is that of the newest run that was completed, `specs` those of every run of this life of
    the cluster, `runs` these runs, newest first. `settled` is false while a run is unfinished: then
    what was asked for is not yet to be expected.
    """

    spec: ClusterSpec
    specs: tuple[ClusterSpec, ...]
    runs: tuple[Run, ...]
    settled: bool
    managed: Managed | None = None
    infrastructure: Infrastructure | None = None
    nodes: tuple[Manifest, ...] | None = None
    bootstrap_left: bool | None = None

"""What Cluster API objects are rendered from: a specification, a bundle, names and secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bedplate.bundles import ChosenBundle, Versions
from bedplate.capi import names
from bedplate.spec import ClusterSpec, WorkerNodeGroup


@dataclass(frozen=True, slots=True)
class Login:
    """A user and a password."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RenderSecrets:
    """What goes into rendered secrets and files. `cloud_provider` is the CPI's own vCenter user."""

    infrastructure: Login = Login()
    cloud_provider: Login = Login()
    registry: Login = Login()


@dataclass(frozen=True, slots=True)
class WorkerTemplates:
    """The names of one worker node group's templates."""

    machine: str
    kubeadm_config: str


@dataclass(frozen=True, slots=True)
class TemplateNames:
    """The names of the machine templates in use, or the first ones (ending in -1)."""

    control_plane: str
    etcd: str
    workers: Mapping[str, WorkerTemplates]

    @classmethod
    def first(cls, spec: ClusterSpec) -> TemplateNames:
        """Return the names of a cluster's first templates."""
        owners = {g.name: names.machine_deployment(spec.name, g.name) for g in spec.workers}
        return cls(
            control_plane=names.first_template(f"{spec.name}-control-plane"),
            etcd=names.first_template(names.etcd_cluster(spec.name)),
            workers={
                group: WorkerTemplates(names.first_template(owner), names.first_template(owner))
                for group, owner in owners.items()
            },
        )


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Everything that a cluster's objects follow from.

    `ssh_key` is the public key for users without one of their own. `etcd_endpoints` are those that
    the control plane uses now; empty at create, where Cluster API fills them in.
    """

    spec: ClusterSpec
    bundle: ChosenBundle
    templates: TemplateNames
    ssh_key: str = ""
    secrets: RenderSecrets = RenderSecrets()
    etcd_endpoints: tuple[str, ...] = ()

    @property
    def versions(self) -> Versions:
        """Return what the control plane's Kubernetes version consists of."""
        return self.bundle[self.spec.kubernetes_version]

    def worker_versions(self, group: WorkerNodeGroup) -> Versions:
        """Return what a worker group's Kubernetes version consists of."""
        return self.bundle[self.spec.worker_version(group)]

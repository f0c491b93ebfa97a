"""Blueprints for the tests of the renderings, from one small specification and what is changed."""

import copy
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bedplate.capi.blueprint import Blueprint, Login, RenderSecrets, TemplateNames
from bedplate.simulation.bundle import choose
from bedplate.spec import ClusterSpec, from_documents

EXAMPLE = Path(__file__).parents[5] / "examples" / "vsphere-standalone.yaml"
SECRETS = RenderSecrets(
    infrastructure=Login("capv@vsphere.local", "one"),
    cloud_provider=Login("cpi@vsphere.local", "two"),
    registry=Login("puller", "three"),
)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKmade"

Tree = dict[str, Any]


class Draft:
    """The documents of the example, free to change: external etcd, one worker group, Ubuntu."""

    def __init__(self) -> None:
        self.documents: list[Tree] = copy.deepcopy(_example())

    @property
    def cluster(self) -> Tree:
        return self._spec("Cluster", "w01")

    @property
    def group(self) -> Tree:
        found: Tree = self.cluster["workerNodeGroupConfigurations"][0]
        return found

    @property
    def datacenter(self) -> Tree:
        return self._spec("VSphereDatacenterConfig", "w01")

    def machine(self, name: str) -> Tree:
        """Return `w01-cp`, `w01-etcd` or `w01`, the workers'."""
        return self._spec("VSphereMachineConfig", name)

    def machines(self, **changes: object) -> None:
        for name in ("w01-cp", "w01-etcd", "w01"):
            self.machine(name).update(changes)

    def bottlerocket(self) -> None:
        users = [{"name": "ec2-user", "sshAuthorizedKeys": [""]}]
        self.machines(osFamily="bottlerocket", users=users)

    def spec(self) -> ClusterSpec:
        return from_documents(self.documents)

    def blueprint(self) -> Blueprint:
        spec = self.spec()
        return Blueprint(
            spec=spec,
            bundle=choose(spec),
            templates=TemplateNames.first(spec),
            ssh_key=KEY,
            secrets=SECRETS,
        )

    def _spec(self, kind: str, name: str) -> Tree:
        for document in self.documents:
            if (document["kind"], document["metadata"]["name"]) == (kind, name):
                found: Tree = document["spec"]
                return found
        raise LookupError(f"{kind} {name}")


def only(manifests: Iterable[Mapping[str, Any]], kind: str) -> Any:
    """Return the one manifest of a kind."""
    (found,) = (one for one in manifests if one["kind"] == kind)
    return found


@functools.cache
def _example() -> list[Tree]:
    return list(yaml.safe_load_all(EXAMPLE.read_text()))

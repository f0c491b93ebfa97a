"""The specification of a cluster in the lab: an ordinary one of EKS Anywhere for vSphere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from bedplate.spec.models.common import API_VERSION
from lab import versions
from lab.places import VCENTER
from lab.vcenter import DATASTORE, NETWORK, POOL
from lab.vcenter_service import template
from lab.versions import Kubernetes

NAME = "w01"
PODS = "192.168.0.0/16"


IMPATIENT: Mapping[str, str] = {
    "maxUnhealthy": "100%",  # the default of 40 % never replaces the only worker of a group
    "nodeStartupTimeout": "4m0s",
    "unhealthyMachineTimeout": "1m0s",
}
"""A health check that waits for minutes only."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What differs between the lab's clusters; without a manager a cluster manages itself."""

    name: str = NAME
    manager: str = ""
    control_planes: int = 1
    workers: int = 1
    endpoint: str = "198.18.200.10"
    release: Kubernetes = versions.NEWEST
    health_check: Mapping[str, str] | None = None


def cluster(thumbprint: str, wanted: Wanted) -> str:
    """Return a specification's text; `thumbprint` is that of the vCenter's certificate."""
    name, release = wanted.name, wanted.release
    machines = {"control-plane": f"{name}-cp", "worker": f"{name}-md"}
    documents = [
        _cluster(wanted, machines),
        _object(
            "VSphereDatacenterConfig",
            name,
            {
                "server": VCENTER,
                "datacenter": "DC0",
                "network": NETWORK,
                "insecure": False,
                "thumbprint": thumbprint,
            },
        ),
        *(
            _object("VSphereMachineConfig", one, _machine(name, release))
            for one in machines.values()
        ),
    ]
    return yaml.safe_dump_all(json.loads(json.dumps(documents, default=dict)), sort_keys=False)


def _cluster(wanted: Wanted, machines: dict[str, str]) -> dict[str, object]:
    health_check = {"machineHealthCheck": wanted.health_check} if wanted.health_check else {}
    return _object(
        "Cluster",
        wanted.name,
        {
            "clusterNetwork": {
                # Not every kernel has Geneve, EKS Anywhere's tunnel; the guests are neighbours.
                "cniConfig": {"cilium": {"routingMode": "direct", "ipv4NativeRoutingCIDR": PODS}},
                "pods": {"cidrBlocks": [PODS]},
                "services": {"cidrBlocks": ["10.96.0.0/12"]},
            },
            "controlPlaneConfiguration": {
                "count": wanted.control_planes,
                "endpoint": {"host": wanted.endpoint},
                "machineGroupRef": {
                    "kind": "VSphereMachineConfig",
                    "name": machines["control-plane"],
                },
                **health_check,
            },
            "datacenterRef": {"kind": "VSphereDatacenterConfig", "name": wanted.name},
            "kubernetesVersion": wanted.release.minor,
            "managementCluster": {"name": wanted.manager or wanted.name},
            "workerNodeGroupConfigurations": [
                {
                    "count": wanted.workers,
                    "machineGroupRef": {"kind": "VSphereMachineConfig", "name": machines["worker"]},
                    "name": "md-0",
                    **health_check,
                }
            ],
        },
    )


def _machine(name: str, release: Kubernetes) -> dict[str, object]:
    return {
        "datastore": DATASTORE,
        "diskGiB": 25,
        "folder": f"/DC0/vm/{name}",
        "memoryMiB": 8192,
        "numCPUs": 2,
        "osFamily": "ubuntu",
        "resourcePool": POOL,
        "template": template(release),
        "users": [{"name": "ec2-user", "sshAuthorizedKeys": [""]}],
    }


def _object(kind: str, name: str, spec: dict[str, object]) -> dict[str, object]:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}

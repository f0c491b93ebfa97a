"""The specification of a cluster in the lab: an ordinary one of EKS Anywhere for vSphere."""

from __future__ import annotations

import json

import yaml

from bedplate.spec.models.common import API_VERSION
from lab import versions
from lab.places import VCENTER
from lab.vcenter import DATASTORE, NETWORK, POOL
from lab.vcenter_service import template
from lab.versions import Kubernetes

NAME = "w01"
FOLDER = "/DC0/vm/w01"
PODS = "192.168.0.0/16"


def cluster(
    thumbprint: str,
    *,
    name: str = NAME,
    control_planes: int = 1,
    workers: int = 1,
    endpoint: str = "198.18.200.10",
    release: Kubernetes = versions.NEWEST,
) -> str:
    """Return the specification's text; `thumbprint` is that of the vCenter's certificate."""
    machines = {"control-plane": f"{name}-cp", "worker": f"{name}-md"}
    documents = [
        _cluster(name, machines, (control_planes, workers), endpoint, release),
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
        *(_object("VSphereMachineConfig", one, _machine(release)) for one in machines.values()),
    ]
    return yaml.safe_dump_all(json.loads(json.dumps(documents)), sort_keys=False)


def _cluster(
    name: str,
    machines: dict[str, str],
    counts: tuple[int, int],
    endpoint: str,
    release: Kubernetes,
) -> dict[str, object]:
    return _object(
        "Cluster",
        name,
        {
            "clusterNetwork": {
                # Not every kernel has Geneve, EKS Anywhere's tunnel; the guests are neighbours.
                "cniConfig": {"cilium": {"routingMode": "direct", "ipv4NativeRoutingCIDR": PODS}},
                "pods": {"cidrBlocks": [PODS]},
                "services": {"cidrBlocks": ["10.96.0.0/12"]},
            },
            "controlPlaneConfiguration": {
                "count": counts[0],
                "endpoint": {"host": endpoint},
                "machineGroupRef": {
                    "kind": "VSphereMachineConfig",
                    "name": machines["control-plane"],
                },
            },
            "datacenterRef": {"kind": "VSphereDatacenterConfig", "name": name},
            "kubernetesVersion": release.minor,
            "managementCluster": {"name": name},
            "packages": {"disable": True},
            "workerNodeGroupConfigurations": [
                {
                    "count": counts[1],
                    "machineGroupRef": {"kind": "VSphereMachineConfig", "name": machines["worker"]},
                    "name": "md-0",
                }
            ],
        },
    )


def _machine(release: Kubernetes) -> dict[str, object]:
    return {
        "datastore": DATASTORE,
        "diskGiB": 25,
        "folder": FOLDER,
        "memoryMiB": 8192,
        "numCPUs": 2,
        "osFamily": "ubuntu",
        "resourcePool": POOL,
        "template": template(release),
        "users": [{"name": "ec2-user", "sshAuthorizedKeys": [""]}],
    }


def _object(kind: str, name: str, spec: dict[str, object]) -> dict[str, object]:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}

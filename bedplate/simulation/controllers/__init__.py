"""The controllers of a simulated world, and the order in which they take their turns.

Each is a function of one API server's stored objects: it looks, writes what follows, and returns.
They run until none of them changes anything, so the order matters for speed only.
"""

from __future__ import annotations

from collections.abc import Callable

from bedplate.simulation.controllers.anywhere import anywhere_clusters
from bedplate.simulation.controllers.clusters import clusters
from bedplate.simulation.controllers.context import Context
from bedplate.simulation.controllers.control_planes import control_planes
from bedplate.simulation.controllers.etcdadm import etcd_clusters, etcd_configs
from bedplate.simulation.controllers.flux import git_repositories, kustomizations
from bedplate.simulation.controllers.garbage import garbage
from bedplate.simulation.controllers.health_checks import health_checks
from bedplate.simulation.controllers.kubeadm import kubeadm_configs
from bedplate.simulation.controllers.machine_deployments import machine_deployments, machine_sets
from bedplate.simulation.controllers.machines import machines
from bedplate.simulation.controllers.nodes import nodes
from bedplate.simulation.controllers.resource_sets import resource_sets
from bedplate.simulation.controllers.vsphere_clusters import vsphere_clusters
from bedplate.simulation.controllers.vsphere_machines import vsphere_machines, vsphere_vms
from bedplate.simulation.controllers.workloads import workloads

CONTROLLERS: tuple[Callable[[Context], None], ...] = (
    garbage,
    nodes,
    workloads,
    vsphere_clusters,
    clusters,
    etcd_clusters,
    control_planes,
    machine_deployments,
    machine_sets,
    etcd_configs,
    kubeadm_configs,
    machines,
    vsphere_machines,
    vsphere_vms,
    health_checks,
    resource_sets,
    git_repositories,
    kustomizations,
    anywhere_clusters,
)

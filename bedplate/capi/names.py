"""Names that EKS Anywhere and Cluster API give: pure functions of the specification."""

from __future__ import annotations

import re

from bedplate.spec import ClusterSpec

NAMESPACE = "eksa-system"


def bootstrap_cluster(cluster: str) -> str:
    """Return the KinD cluster's name, as EKS Anywhere has it."""
    return f"{cluster}-eks-a-cluster"


def machine_deployment(cluster: str, group: str) -> str:
    """Return the MachineDeployment of a worker node group."""
    return f"{cluster}-{group}"


def etcd_cluster(cluster: str) -> str:
    """Return the EtcdadmCluster of external etcd."""
    return f"{cluster}-etcd"


def etcd_authority(cluster: str) -> str:
    """Return the Secret in which Cluster API keeps the authority of etcd's certificates."""
    return f"{cluster}-etcd"


def first_template(owner: str) -> str:
    """Return the first machine template's name; later ones count up (EKS Anywhere's name.go)."""
    return f"{owner}-1"


def kubeconfig_secret(cluster: str) -> str:
    """Return the Secret that Cluster API writes the cluster's kubeconfig to."""
    return f"{cluster}-kubeconfig"


def vault_kubeconfig(cluster: str) -> str:
    """Return the vault's name of the cluster's kubeconfig."""
    return f"{cluster}/kubeconfig"


def vault_adopting(cluster: str) -> str:
    """Return the vault's name of the kubeconfig that a cluster is to be adopted with."""
    return f"{cluster}/adopting"


def kubeconfig_file(cluster: str) -> str:
    """Return the file that users take the kubeconfig from."""
    return f"{cluster}-eks-a-cluster.kubeconfig"


def config_file(cluster: str) -> str:
    """Return the file that holds the cluster's objects once it is made."""
    return f"{cluster}-eks-a-cluster.yaml"


def is_control_plane_of(spec: ClusterSpec, name: str) -> bool:
    """Say whether a virtual machine's name is one of the cluster's control plane."""
    return _is_named(spec.name, 1, name)


def is_machine_of(spec: ClusterSpec, name: str) -> bool:
    """Say whether a virtual machine's name is one that this cluster's controllers give.

    A prefix alone would take the machines of `w01-east` for those of `w01`. Control planes and etcd
    put one random part behind their own name, a worker group two (its MachineSet's, its own).
    """
    groups = [machine_deployment(spec.name, group.name) for group in spec.workers]
    owners = [(spec.name, 1), (etcd_cluster(spec.name), 1), *((group, 2) for group in groups)]
    return any(_is_named(owner, parts, name) for owner, parts in owners)


def _is_named(owner: str, parts: int, name: str) -> bool:
    """Say whether a name is an owner's with so many random parts behind it."""
    return bool(re.fullmatch(rf"{re.escape(owner)}(-[a-z0-9]{{4,10}}){{{parts}}}", name))

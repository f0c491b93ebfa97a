"""The labels by which a cluster's machines are found. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.capi import kinds, names


def of_control_plane(cluster: str) -> Mapping[str, str]:
    """Return the labels of the control plane's machines."""
    return {kinds.CLUSTER_NAME_LABEL: cluster, kinds.CONTROL_PLANE_LABEL: ""}


def of_etcd(cluster: str) -> Mapping[str, str]:
    """Return the labels of external etcd's machines."""
    return {kinds.CLUSTER_NAME_LABEL: cluster, kinds.ETCD_LABEL: names.etcd_cluster(cluster)}

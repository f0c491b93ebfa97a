"""The Cluster and the DockerCluster: networks, and the load balancer before the control plane."""

from __future__ import annotations

import re

from bedplate.capi import kinds, names
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import build, group_ref
from bedplate.capi.rendering.files import Fields
from bedplate.ports.kube import Manifest
from bedplate.providers.docker.rendering.machines import DOCKER_CLUSTER
from bedplate.spec import ClusterSpec

HAPROXY = re.compile(r"(public\.ecr\.aws/[a-z0-9._-]+/kubernetes-sigs/kind)/haproxy")
"""Cluster API puts the image's own name behind the repository it is told."""


def cluster(spec: ClusterSpec) -> Manifest:
    """Return the Cluster."""
    network = spec.cluster.spec.cluster_network
    body: Fields = {
        "clusterNetwork": {
            "pods": {"cidrBlocks": list(network.pods.cidr_blocks)},
            "serviceDomain": "cluster.local",
            "services": {"cidrBlocks": list(network.services.cidr_blocks)},
        },
        "controlPlaneRef": group_ref(kinds.KUBEADM_CONTROL_PLANE, spec.name),
        "infrastructureRef": group_ref(DOCKER_CLUSTER, spec.name),
    }
    if spec.etcd is not None:
        name = names.etcd_cluster(spec.name)
        body["managedExternalEtcdRef"] = group_ref(kinds.ETCDADM_CLUSTER, name)
    return build(kinds.CLUSTER, spec.name, {"spec": body})


def docker_cluster(blueprint: Blueprint) -> Manifest:
    """Return the DockerCluster; without an image in the bundle, the provider takes its own."""
    image = blueprint.versions.bundle.haproxy.image
    found = HAPROXY.match(image.uri)
    balancer: Fields = {}
    if found:
        balancer["imageRepository"] = found[1]
    if image.tag:
        balancer["imageTag"] = image.tag
    return build(DOCKER_CLUSTER, blueprint.spec.name, {"spec": {"loadBalancer": balancer}})

"""etcd on Docker: on the control plane, or on machines of its own."""

from __future__ import annotations

from bedplate.capi import kinds, names
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import build
from bedplate.capi.rendering import arguments, etcd_release, mirror
from bedplate.capi.rendering.files import Fields
from bedplate.ports.kube import Manifest
from bedplate.providers.docker.rendering.machines import DOCKER_MACHINE_TEMPLATE, machine_template

UNKNOWN_ENDPOINT = "https://placeholder:2379"
"""Cluster API puts the endpoints there once there are some, and wants one until then."""

CERTIFICATES: Fields = {
    "caFile": "/etc/kubernetes/pki/etcd/ca.crt",
    "certFile": "/etc/kubernetes/pki/apiserver-etcd-client.crt",
    "keyFile": "/etc/kubernetes/pki/apiserver-etcd-client.key",
}


def etcd_of(blueprint: Blueprint) -> Fields:
    """Return what the control plane is told of its etcd."""
    image = blueprint.versions.distro.etcd
    if blueprint.spec.etcd is None:
        local: Fields = {
            "imageRepository": image.repository.rpartition("/")[0],
            "imageTag": image.tag,
            "extraArgs": arguments.stacked_etcd(),
        }
        return {"local": local}
    endpoints = list(blueprint.etcd_endpoints or (UNKNOWN_ENDPOINT,))
    return {"external": {"endpoints": endpoints, **CERTIFICATES}}


def etcd(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return the EtcdadmCluster and its machine template; nothing without external etcd."""
    spec, distro = blueprint.spec, blueprint.versions.distro
    if spec.etcd is None:
        return ()
    template = machine_template(blueprint.versions, blueprint.templates.etcd)
    release: Fields = {"version": distro.etcd_version, **etcd_release.download(blueprint)}
    body: Fields = {
        "replicas": spec.etcd.count,
        "etcdadmConfigSpec": {
            "etcdadmBuiltin": True,
            "cloudInitConfig": release,
            "cipherSuites": arguments.CIPHERS,
            **mirror.etcd(spec),
        },
        "infrastructureTemplate": {
            "apiVersion": DOCKER_MACHINE_TEMPLATE.api_version,
            "kind": DOCKER_MACHINE_TEMPLATE.kind,
            "name": blueprint.templates.etcd,
            "namespace": names.NAMESPACE,
        },
    }
    name = names.etcd_cluster(spec.name)
    return (build(kinds.ETCDADM_CLUSTER, name, {"spec": body}), template)

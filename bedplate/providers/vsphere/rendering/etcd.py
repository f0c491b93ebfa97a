"""External etcd: machines of its own, made by the etcdadm controller before the control plane."""

from __future__ import annotations

from bedplate.capi import kinds, names
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import build
from bedplate.capi.rendering import arguments, bottlerocket, etcd_release, mirror, nodes, proxy
from bedplate.capi.rendering.files import Fields
from bedplate.ports.kube import Manifest
from bedplate.providers.vsphere.reading import (
    boot_format,
    datacenter_of,
    is_bottlerocket,
    machine_of,
    ref_name,
)
from bedplate.providers.vsphere.rendering.machine_template import machine_template
from bedplate.spec import VSphereMachineConfig


def etcd(blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return the EtcdadmCluster and its machine template; nothing where etcd is stacked."""
    spec = blueprint.spec
    if spec.etcd is None:
        return ()
    config = machine_of(spec, ref_name(spec.etcd.machine_group_ref))
    template = blueprint.templates.etcd
    body: Fields = {
        "replicas": spec.etcd.count,
        "etcdadmConfigSpec": _machines(blueprint, config),
        "infrastructureTemplate": {
            "apiVersion": kinds.VSPHERE_MACHINE_TEMPLATE.api_version,
            "kind": kinds.VSPHERE_MACHINE_TEMPLATE.kind,
            "name": template,
        },
    }
    return (
        build(kinds.ETCDADM_CLUSTER, names.etcd_cluster(spec.name), {"spec": body}),
        machine_template(spec, config, template),
    )


def _machines(blueprint: Blueprint, config: VSphereMachineConfig) -> Fields:
    """What the machines are told at their first boot."""
    spec, host_os = blueprint.spec, config.spec.host_os_configuration
    system = _on_bottlerocket if is_bottlerocket(config) else _on_linux
    return {
        "etcdadmBuiltin": True,
        "format": boot_format(config),
        **system(blueprint, config),
        "cipherSuites": arguments.CIPHERS,
        "users": nodes.users(config.spec.users, blueprint.ssh_key),
        **proxy.etcd(spec, datacenter_of(spec).spec.server),
        **mirror.etcd(spec),
        **nodes.time_servers(host_os),
        **bottlerocket.cert_bundles(host_os),
    }


def _on_linux(blueprint: Blueprint, _: VSphereMachineConfig) -> Fields:
    return {
        "cloudInitConfig": {
            "version": blueprint.versions.distro.etcd_version,
            "installDir": "/usr/bin",
            **etcd_release.download(blueprint),
        },
        "preEtcdadmCommands": list(nodes.NAMING),
    }


def _on_bottlerocket(blueprint: Blueprint, config: VSphereMachineConfig) -> Fields:
    versions, host_os = blueprint.versions, config.spec.host_os_configuration
    own = host_os.bottlerocket_configuration if host_os else None
    hosts = versions.bundle.bottlerocket_host_containers
    return {
        "bottlerocketConfig": {
            "etcdImage": versions.distro.etcd.uri,
            "bootstrapImage": hosts.kubeadm_bootstrap.uri,
            "pauseImage": versions.distro.pause.uri,
            **bottlerocket.boot_parameters(own),
            **bottlerocket.kernel_settings(own),
        }
    }
